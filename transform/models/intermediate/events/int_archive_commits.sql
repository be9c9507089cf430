with pushes as (

    select * from {{ ref('int_pushes') }}

),

push_commits as (

    select * from {{ ref('stg_github_archive__push_commits') }}

),

git_commits as (

    select commit_id
    from {{ ref('int_commits') }}

),

repositories as (

    select * from {{ ref('int_repository_order') }}

),

-- A commit counts once: in the repository that comes first, at its first push there.
ranked as (

    select
        push_commits.commit_id,
        pushes.to_artifact_id,
        pushes.created_at,
        push_commits.author_name,
        push_commits.email_domain,
        push_commits.email_hash,
        push_commits.observed_at,
        push_commits.record_ref,
        row_number() over (
            partition by push_commits.commit_id
            order by
                repositories.attribution_order,
                pushes.created_at,
                pushes.event_key,
                push_commits.file_name,
                push_commits.commit_position
        ) as choice
    from push_commits
    inner join pushes
        on
            push_commits.event_key = pushes.event_key
            and push_commits.file_name = pushes.file_name
            and coalesce(push_commits.file_sha256, '') = coalesce(pushes.file_sha256, '')
    inner join repositories
        on pushes.to_artifact_id = repositories.artifact_id
    left join git_commits
        on push_commits.commit_id = git_commits.commit_id
    where git_commits.commit_id is null

),

final as (

    select
        commit_id,
        to_artifact_id,
        created_at,
        author_name,
        email_domain,
        email_hash,
        observed_at,
        record_ref
    from ranked
    where choice = 1

)

select * from final
