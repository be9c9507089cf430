{{ config(materialized='view') }}

with event_types as (

    select event_type
    from {{ ref('event_types') }}
    where is_in_api

),

github as (

    select
        'GITHUB' as event_source,
        repositories.artifact_id,
        completeness.complete_from,
        completeness.complete_to
    from {{ ref('stg_github__completeness') }} as completeness
    inner join {{ ref('int_repositories') }} as repositories
        on completeness.repository_id = repositories.repository_id
    where repositories.artifact_source = 'GITHUB'

),

-- A sync of a stream is stored whole or not at all, so that its load tells up to when all its projects are known.
gitlab_streams as (

    select
        stream,
        max(observed_at) as complete_to
    from {{ ref('stg_observatory__loads') }}
    where connector = 'gitlab'
    group by stream

),

-- GitLab forgets activity after three years; issues, merge requests and releases stay.
gitlab as (

    select
        projects.artifact_source as event_source,
        projects.artifact_id,
        event_types.event_type,
        case
            when gitlab_streams.stream = 'events'
                then greatest(
                    projects.created_at,
                    cast({{ add_days(day_of('projects.observed_at'), -1095) }} as timestamp)
                )
            else projects.created_at
        end as complete_from,
        least(gitlab_streams.complete_to, projects.observed_at) as complete_to
    from {{ ref('int_gitlab_projects') }} as projects
    cross join gitlab_streams
    inner join event_types
        on
            gitlab_streams.stream = case
                when event_types.event_type = 'ISSUE_OPENED' then 'issues'
                when event_types.event_type in ('PULL_REQUEST_OPENED', 'PULL_REQUEST_MERGED') then 'merge_requests'
                when event_types.event_type = 'RELEASE_PUBLISHED' then 'releases'
                else 'events'
            end

),

final as (

    select
        github.event_source,
        github.artifact_id,
        event_types.event_type,
        github.complete_from,
        github.complete_to
    from github
    cross join event_types
    union all
    select
        event_source,
        artifact_id,
        event_type,
        complete_from,
        complete_to
    from gitlab

)

select * from final
