with pushes as (

    select * from {{ ref('int_github_events') }}
    where archive_type = 'PushEvent'

),

push_commits as (

    select * from {{ ref('stg_github_archive__push_commits') }}

),

first_pushes as (

    select
        push_commits.commit_id,
        pushes.to_artifact_id as artifact_id,
        min(pushes.created_at) as pushed_at
    from push_commits
    inner join pushes
        on
            push_commits.event_key = pushes.event_key
            and push_commits.file_name = pushes.file_name
            and coalesce(push_commits.file_sha256, '') = coalesce(pushes.file_sha256, '')
    group by
        push_commits.commit_id,
        pushes.to_artifact_id

),

compared as (

    select
        artifact_id,
        pushed_at,
        min(pushed_at) over (partition by commit_id) as first_pushed_at,
        count(*) over (partition by commit_id) as repository_count
    from first_pushes

),

final as (

    select
        artifact_id,
        count(*) as common_count,
        sum(case when pushed_at > first_pushed_at then 1 else 0 end) as followed_count
    from compared
    where repository_count > 1
    group by artifact_id
    having sum(case when pushed_at > first_pushed_at then 1 else 0 end) * 2 > count(*)

)

select * from final
