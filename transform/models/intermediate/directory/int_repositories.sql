with names as (

    select * from {{ ref('int_repository_names') }}

),

forks as (

    select distinct forkee_id as repository_id
    from {{ ref('stg_github_archive__events') }}
    where forkee_id is not null

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
        case when forks.repository_id is not null then true end as is_fork
    from names
    left join forks
        on names.repository_id = forks.repository_id
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
            cast(null as varchar) as repository_url
        from {{ ref('stg_oss_directory__project_artifacts') }}
        where
            artifact_source = 'GITHUB'
            and not is_owner
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
        cast(null as boolean) as is_fork
    from mentions
    left join held_names
        on
            mentions.artifact_source = 'GITHUB'
            and mentions.artifact_namespace = held_names.repository_namespace
            and mentions.artifact_name = held_names.repository_name
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
        is_fork,
        row_number() over (
            order by
                coalesce(is_fork, false),
                repository_id nulls last,
                artifact_source,
                artifact_namespace,
                artifact_name
        ) as attribution_order
    from repositories

)

select * from final
