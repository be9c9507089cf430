with accounts as (

    select * from {{ ref('int_github_accounts') }}

),

git_noreply as (

    select
        commits.email_domain,
        commits.email_hash,
        commits.author_account_id as account_id,
        commits.author_login as login,
        min(commits.observed_at) as decided_at
    from {{ ref('stg_git__commits') }} as commits
    where
        commits.author_login is not null
        and commits.email_hash is not null
    group by
        commits.email_domain,
        commits.email_hash,
        commits.author_account_id,
        commits.author_login

),

from_git as (

    select
        git_noreply.email_domain,
        git_noreply.email_hash,
        accounts.user_id,
        case
            when git_noreply.account_id is not null then 'private address with account number'
            else 'private address with login'
        end as evidence,
        case when git_noreply.account_id is not null then cast(1.0 as double) else cast(0.9 as double) end as confidence,
        git_noreply.decided_at
    from git_noreply
    inner join accounts
        on
            git_noreply.login = accounts.alias_login
            and (
                git_noreply.account_id = accounts.account_id
                or (git_noreply.account_id is null and accounts.is_latest_holder)
            )

),

-- The archive hides the local part of an address by its SHA-1, which is recomputed here for every known account.
archive_hashes as (

    select
        email_domain,
        email_hash,
        min(observed_at) as decided_at
    from {{ ref('int_archive_commits') }}
    where email_domain = '{{ var("noreply_domain") }}'
    group by
        email_domain,
        email_hash

),

expected_hashes as (

    select
        user_id,
        {{ sha1_hex("cast(account_id as varchar) || '+' || alias_as_written") }} as email_hash,
        'hash of the private address with account number' as evidence,
        cast(1.0 as double) as confidence
    from accounts
    where account_id is not null
    union all
    select
        user_id,
        {{ sha1_hex('alias_as_written') }} as email_hash,
        'hash of the private address with login' as evidence,
        cast(0.9 as double) as confidence
    from accounts
    where is_latest_holder

),

from_archive as (

    select
        archive_hashes.email_domain,
        archive_hashes.email_hash,
        expected_hashes.user_id,
        expected_hashes.evidence,
        expected_hashes.confidence,
        archive_hashes.decided_at
    from archive_hashes
    inner join expected_hashes
        on archive_hashes.email_hash = expected_hashes.email_hash

),

ranked as (

    select
        email_domain,
        email_hash,
        user_id,
        evidence,
        confidence,
        decided_at,
        row_number() over (
            partition by email_domain, email_hash
            order by confidence desc, decided_at, evidence, user_id
        ) as choice
    from (
        select * from from_git
        union all
        select * from from_archive
    ) as identities

),

final as (

    select
        {{ entity_id(["'GIT_EMAIL'", 'email_domain', 'email_hash']) }} as identity_id,
        email_domain,
        email_hash,
        user_id,
        evidence,
        confidence,
        'rule private_address' as decided_by,
        decided_at
    from ranked
    where choice = 1

)

select * from final
