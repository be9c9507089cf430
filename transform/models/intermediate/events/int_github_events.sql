with events as (

    select * from {{ ref('int_archive_events') }}

),

artifacts as (

    select * from {{ ref('int_artifacts') }}

),

repositories as (

    select
        repositories.artifact_id,
        repositories.repository_id
    from {{ ref('int_repositories') }} as repositories
    inner join artifacts
        on repositories.artifact_id = artifacts.artifact_id

),

aliases as (

    select
        aliases.artifact_id,
        aliases.alias_namespace,
        aliases.alias_name
    from {{ ref('int_repository_aliases') }} as aliases
    inner join artifacts
        on aliases.artifact_id = artifacts.artifact_id
    where aliases.artifact_source = 'GITHUB'

),

-- The number decides; the earliest records have none and are taken by their name.
located as (

    select
        repositories.artifact_id as to_artifact_id,
        events.*
    from events
    inner join repositories
        on events.repository_id = repositories.repository_id
    union all
    select
        aliases.artifact_id as to_artifact_id,
        events.*
    from events
    inner join aliases
        on
            events.repository_namespace = aliases.alias_namespace
            and events.repository_name = aliases.alias_name
    where events.repository_id is null

),

-- Files overlap: the copy in the first file is kept.
ranked as (

    select
        *,
        row_number() over (
            partition by event_key
            order by file_name, file_line
        ) as copy_number
    from located

),

final as (

    select
        event_key,
        coalesce(event_id, event_key) as event_source_id,
        archive_type,
        created_at,
        era,
        to_artifact_id,
        actor_id,
        actor_login,
        actor_login_as_written,
        repository_id,
        action,
        ref,
        subject_number,
        is_merged,
        merged_at,
        subject_id,
        subject_actor_id,
        subject_actor_login,
        subject_actor_login_as_written,
        push_size,
        default_branch,
        tag_name,
        star_count,
        fork_count,
        file_name,
        file_sha256,
        observed_at,
        record_ref
    from ranked
    where copy_number = 1

)

select * from final
