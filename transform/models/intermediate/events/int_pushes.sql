with pushes as (

    select * from {{ ref('int_github_events') }}
    where archive_type = 'PushEvent'

),

-- Commits of a repository whose history was read come from git; its pushes say nothing more.
mined as (

    select distinct artifact_id
    from {{ ref('int_mined_repositories') }}

),

default_branches as (

    select
        to_artifact_id,
        {{ value_at_max('default_branch', 'created_at') }} as default_branch
    from {{ ref('int_github_events') }}
    where default_branch is not null
    group by to_artifact_id

),

listed as (

    select
        file_name,
        file_sha256,
        event_key,
        count(*) as listed_count
    from {{ ref('stg_github_archive__push_commits') }}
    group by
        file_name,
        file_sha256,
        event_key

),

final as (

    select
        pushes.event_key,
        pushes.file_name,
        pushes.file_sha256,
        pushes.event_source_id,
        pushes.created_at,
        pushes.to_artifact_id,
        pushes.push_size,
        coalesce(listed.listed_count, 0) as listed_count,
        coalesce(pushes.push_size, 1) > 0 and listed.listed_count is null as is_uncounted,
        coalesce(pushes.push_size, 1) > coalesce(listed.listed_count, 0) as is_incomplete,
        pushes.observed_at,
        pushes.record_ref
    from pushes
    left join mined
        on pushes.to_artifact_id = mined.artifact_id
    left join default_branches
        on pushes.to_artifact_id = default_branches.to_artifact_id
    left join listed
        on
            pushes.event_key = listed.event_key
            and pushes.file_name = listed.file_name
            and coalesce(pushes.file_sha256, '') = coalesce(listed.file_sha256, '')
    where
        mined.artifact_id is null
        and (
            replace(pushes.ref, 'refs/heads/', '') = default_branches.default_branch
            or (
                default_branches.default_branch is null
                and replace(pushes.ref, 'refs/heads/', '') in ('main', 'master')
            )
        )

)

select * from final
