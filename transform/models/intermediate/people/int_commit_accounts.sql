with api_commits as (

    select * from {{ ref('stg_github__commit_accounts') }}

),

git_commits as (

    select
        commit_id,
        max(parent_count) as parent_count,
        max(merge_kind) as merge_kind
    from {{ ref('stg_git__commits') }}
    where is_committed_by_forge
    group by commit_id

),

merges as (

    select
        merge_commit_id as commit_id,
        actor_id,
        actor_login,
        actor_login_as_written,
        subject_actor_id,
        subject_actor_login,
        subject_actor_login_as_written,
        created_at as seen_at,
        observed_at
    from {{ ref('stg_github_archive__events') }}
    where
        merge_commit_id is not null
        and archive_type = 'PullRequestEvent'
    union all
    select
        merge_commit_id as commit_id,
        merged_by_id as actor_id,
        lower(merged_by_login) as actor_login,
        merged_by_login as actor_login_as_written,
        author_id as subject_actor_id,
        lower(author_login) as subject_actor_login,
        author_login as subject_actor_login_as_written,
        merged_at as seen_at,
        observed_at
    from {{ ref('stg_github__pull_requests') }}
    where
        merge_commit_id is not null
        and merged_at is not null

),

-- The forge writes a merge commit for whoever pressed the button, and a squash commit for the author of the request.
forge_commits as (

    select
        merges.commit_id,
        case when git_commits.parent_count > 1 then merges.actor_id else merges.subject_actor_id end as account_id,
        case when git_commits.parent_count > 1 then merges.actor_login else merges.subject_actor_login end as login,
        case
            when git_commits.parent_count > 1 then merges.actor_login_as_written
            else merges.subject_actor_login_as_written
        end as login_as_written,
        case when git_commits.parent_count > 1 then 'merge' else 'squash' end as basis,
        merges.seen_at,
        merges.observed_at
    from merges
    inner join git_commits
        on merges.commit_id = git_commits.commit_id
    where
        git_commits.parent_count > 1
        or git_commits.merge_kind = 'squash'

),

unioned as (

    select
        commit_id,
        account_id,
        login,
        login_as_written,
        'api' as basis,
        observed_at as seen_at,
        observed_at
    from api_commits
    union all
    select
        commit_id,
        account_id,
        login,
        login_as_written,
        basis,
        seen_at,
        observed_at
    from forge_commits

),

final as (

    select
        commit_id,
        basis,
        account_id,
        login,
        max(login_as_written) as login_as_written,
        max(seen_at) as seen_at,
        min(observed_at) as observed_at
    from unioned
    where login is not null
    group by
        commit_id,
        basis,
        account_id,
        login

)

select * from final
