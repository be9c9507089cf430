{{ config(materialized='view') }}

with github as (

    select
        repositories.artifact_id,
        described.parent_full_name as parent_name,
        nullif(described.license, 'NOASSERTION') as license,
        described.primary_language,
        described.default_branch,
        described.is_archived,
        described.created_at,
        described.stargazers_count as star_count,
        described.forks_count as fork_count,
        described.watchers_count as watcher_count,
        described.observed_at
    from {{ ref('stg_github__repositories') }} as described
    inner join {{ ref('int_repositories') }} as repositories
        on
            repositories.artifact_source = 'GITHUB'
            and described.id = repositories.repository_id

),

gitlab as (

    select
        artifact_id,
        forked_from_path as parent_name,
        license,
        cast(null as varchar) as primary_language,
        default_branch,
        is_archived,
        created_at,
        star_count,
        fork_count,
        cast(null as bigint) as watcher_count,
        observed_at
    from {{ ref('int_gitlab_projects') }}

),

final as (

    select * from github
    union all
    select * from gitlab

)

select * from final
