with commits as (

    select
        commit_id,
        email_domain,
        email_hash
    from {{ ref('stg_git__commits') }}
    where email_hash is not null
    union distinct
    select
        commit_id,
        email_domain,
        email_hash
    from {{ ref('int_archive_commits') }}
    where email_hash is not null

),

accounts as (

    select * from {{ ref('int_github_accounts') }}

),

commit_accounts as (

    select
        commits.commit_id,
        commits.email_domain,
        commits.email_hash,
        accounts.user_id,
        max(case when commit_accounts.basis = 'api' then 1 else 0 end) as is_in_api,
        max(case when commit_accounts.basis = 'merge' then 1 else 0 end) as is_merge,
        min(commit_accounts.observed_at) as observed_at
    from {{ ref('int_commit_accounts') }} as commit_accounts
    inner join commits
        on commit_accounts.commit_id = commits.commit_id
    inner join accounts
        on
            commit_accounts.login = accounts.alias_login
            and (
                commit_accounts.account_id = accounts.account_id
                or (commit_accounts.account_id is null and accounts.is_latest_holder)
            )
    group by
        commits.commit_id,
        commits.email_domain,
        commits.email_hash,
        accounts.user_id

),

counted as (

    select
        email_domain,
        email_hash,
        user_id,
        count(*) as commit_count,
        sum(is_in_api) as api_count,
        sum(is_merge) as merge_count,
        min(observed_at) as observed_at
    from commit_accounts
    group by
        email_domain,
        email_hash,
        user_id

),

final as (

    select
        email_domain,
        email_hash,
        user_id,
        commit_count,
        api_count,
        merge_count,
        sum(api_count) over (partition by email_domain, email_hash) > 0 as is_known_to_api,
        case
            when api_count > 0 then api_count / sum(api_count) over (partition by email_domain, email_hash)
            else commit_count / sum(commit_count) over (partition by email_domain, email_hash)
        end as commit_share,
        observed_at
    from counted

)

select * from final
