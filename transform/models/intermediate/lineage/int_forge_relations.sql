with repositories as (

    select * from {{ ref('int_repositories') }}

),

aliases as (

    select * from {{ ref('int_repository_aliases') }}

),

api_repositories as (

    select * from {{ ref('stg_github__repositories') }}

),

announced as (

    select
        forkee_id,
        forkee_namespace,
        forkee_name,
        repository_id,
        repository_namespace,
        repository_name,
        created_at,
        observed_at,
        record_ref
    from {{ ref('int_archive_events') }}
    where
        archive_type = 'ForkEvent'
        and forkee_name <> ''
        and repository_name <> ''

),

announced_forks as (

    select
        repositories.artifact_id,
        announced.*
    from announced
    inner join repositories
        on announced.forkee_id = repositories.repository_id
    union all
    select
        aliases.artifact_id,
        announced.*
    from announced
    inner join aliases
        on
            aliases.artifact_source = 'GITHUB'
            and announced.forkee_namespace = aliases.alias_namespace
            and announced.forkee_name = aliases.alias_name
    where announced.forkee_id is null

),

claims as (

    select
        artifact_id,
        repository_id as related_id,
        repository_namespace as related_namespace,
        repository_name as related_name,
        'fork' as role,
        'fork announced in the archive' as evidence,
        'archive' as basis,
        2 as precedence,
        created_at as since_at,
        observed_at,
        record_ref
    from announced_forks
    union all
    select
        repositories.artifact_id,
        api_repositories.parent_id as related_id,
        lower({{ text_part('api_repositories.parent_full_name', '/', 1) }}) as related_namespace,
        lower({{ text_part('api_repositories.parent_full_name', '/', 2) }}) as related_name,
        'fork' as role,
        'parent named by the API' as evidence,
        'api' as basis,
        1 as precedence,
        api_repositories.created_at as since_at,
        api_repositories.observed_at,
        api_repositories.record_ref
    from api_repositories
    inner join repositories
        on api_repositories.id = repositories.repository_id
    where
        api_repositories.is_fork
        and api_repositories.parent_full_name <> ''
    union all
    select
        repositories.artifact_id,
        cast(null as bigint) as related_id,
        lower({{ forge_path('api_repositories.mirror_url', 1) }}) as related_namespace,
        lower({{ forge_path('api_repositories.mirror_url', 2) }}) as related_name,
        'mirror' as role,
        'mirror address ' || api_repositories.mirror_url || ' named by the API' as evidence,
        'api' as basis,
        1 as precedence,
        cast(null as timestamp) as since_at,
        api_repositories.observed_at,
        api_repositories.record_ref
    from api_repositories
    inner join repositories
        on api_repositories.id = repositories.repository_id
    where
        api_repositories.is_mirror
        and {{ matches('api_repositories.mirror_url', '[/@]github[.]com[/:][^/]+/[^/]+') }}

),

-- A fork has one parent; what the API says now goes before what was announced.
ranked as (

    select
        *,
        row_number() over (
            partition by artifact_id, role
            order by precedence, since_at, related_id, related_namespace, related_name, record_ref
        ) as choice
    from claims

),

located as (

    select
        ranked.*,
        coalesce(by_number.artifact_id, aliases.artifact_id) as known_artifact_id
    from ranked
    left join repositories as by_number
        on ranked.related_id = by_number.repository_id
    left join aliases
        on
            aliases.artifact_source = 'GITHUB'
            and ranked.related_namespace = aliases.alias_namespace
            and ranked.related_name = aliases.alias_name
    where ranked.choice = 1

),

final as (

    select
        located.artifact_id,
        coalesce(
            located.known_artifact_id,
            {{ entity_id(["'GITHUB'", 'located.related_namespace', 'located.related_name']) }}
        ) as related_artifact_id,
        'GITHUB' as related_source,
        coalesce(repositories.artifact_namespace, located.related_namespace) as related_namespace,
        coalesce(repositories.artifact_name, located.related_name) as related_name,
        located.role,
        located.evidence,
        located.basis,
        located.since_at,
        located.observed_at,
        located.record_ref
    from located
    left join repositories
        on located.known_artifact_id = repositories.artifact_id
    where
        located.known_artifact_id is null
        or located.known_artifact_id <> located.artifact_id

)

select * from final
