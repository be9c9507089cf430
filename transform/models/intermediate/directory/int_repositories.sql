with names as (

    select * from {{ ref('int_repository_names') }}

),

forkees as (

    select
        forkee_id,
        forkee_namespace,
        forkee_name
    from {{ ref('int_archive_events') }}
    where archive_type = 'ForkEvent'

),

-- The earliest records name a fork without its number.
unnumbered_forks as (

    select distinct
        forkee_namespace,
        forkee_name
    from forkees
    where
        forkee_id is null
        and forkee_name <> ''

),

forks as (

    select forkee_id as repository_id
    from forkees
    where forkee_id is not null
    union distinct
    select names.repository_id
    from names
    inner join unnumbered_forks
        on
            names.repository_namespace = unnumbered_forks.forkee_namespace
            and names.repository_name = unnumbered_forks.forkee_name

),

-- A name that another repository took over no longer tells which repository is meant: the number is added to it.
identified as (

    select
        'GITHUB' as artifact_source,
        names.repository_namespace as artifact_namespace,
        case
            when names.is_latest_holder then names.repository_name
            else names.repository_name || '#' || cast(names.repository_id as varchar)
        end as artifact_name,
        names.repository_id,
        cast(null as varchar) as repository_url,
        coalesce(
            api_repositories.is_fork,
            case when forks.repository_id is not null then true end
        ) as is_fork
    from names
    left join forks
        on names.repository_id = forks.repository_id
    left join {{ ref('stg_github__repositories') }} as api_repositories
        on names.repository_id = api_repositories.id
    where names.is_latest_name

),

held_names as (

    select
        repository_namespace,
        repository_name
    from names
    where is_latest_holder

),

mentions as (

    select
        artifact_source,
        artifact_namespace,
        artifact_name,
        max(repository_url) as repository_url
    from (
        select
            artifact_source,
            artifact_namespace,
            artifact_name,
            repository_url
        from {{ ref('stg_git__repositories') }}
        union all
        select
            artifact_source,
            artifact_namespace,
            artifact_name,
            artifact_url as repository_url
        from {{ ref('stg_oss_directory__project_artifacts') }}
        where
            artifact_type = 'REPOSITORY'
            and not is_owner
        union all
        select
            artifact_source,
            artifact_namespace,
            artifact_name,
            artifact_url as repository_url
        from {{ ref('int_gitlab_projects') }}
    ) as mentioned
    group by
        artifact_source,
        artifact_namespace,
        artifact_name

),

unidentified as (

    select
        mentions.artifact_source,
        mentions.artifact_namespace,
        mentions.artifact_name,
        cast(null as bigint) as repository_id,
        mentions.repository_url,
        case when unnumbered_forks.forkee_name is not null then true end as is_fork
    from mentions
    left join held_names
        on
            case when mentions.artifact_source = 'GITHUB' then mentions.artifact_namespace end
            = held_names.repository_namespace
            and mentions.artifact_name = held_names.repository_name
    left join unnumbered_forks
        on
            case when mentions.artifact_source = 'GITHUB' then mentions.artifact_namespace end
            = unnumbered_forks.forkee_namespace
            and mentions.artifact_name = unnumbered_forks.forkee_name
    where held_names.repository_name is null

),

repositories as (

    select * from identified
    union all
    select * from unidentified

),

final as (

    select
        {{ entity_id(['artifact_source', 'artifact_namespace', 'artifact_name']) }} as artifact_id,
        artifact_source,
        artifact_namespace,
        artifact_name,
        case
            when artifact_source = 'GITHUB'
                then 'https://github.com/' || artifact_namespace || '/' || {{ text_part('artifact_name', '#', 1) }}
            else repository_url
        end as artifact_url,
        repository_id,
        is_fork
    from repositories

)

select * from final
