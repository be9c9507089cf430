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
        events.event_id,
        events.event_key,
        events.archive_type,
        events.created_at,
        events.era,
        events.actor_id,
        events.actor_login,
        events.actor_login_as_written,
        events.repository_id,
        events.action,
        events.ref,
        events.subject_number,
        events.is_merged,
        events.merged_at,
        events.subject_id,
        events.subject_actor_id,
        events.subject_actor_login,
        events.subject_actor_login_as_written,
        events.push_size,
        events.default_branch,
        events.tag_name,
        events.star_count,
        events.fork_count,
        events.file_name,
        events.file_sha256,
        events.observed_at,
        events.record_ref
    from events
    inner join repositories
        on events.repository_id = repositories.repository_id
    union all
    select
        aliases.artifact_id as to_artifact_id,
        events.event_id,
        events.event_key,
        events.archive_type,
        events.created_at,
        events.era,
        events.actor_id,
        events.actor_login,
        events.actor_login_as_written,
        events.repository_id,
        events.action,
        events.ref,
        events.subject_number,
        events.is_merged,
        events.merged_at,
        events.subject_id,
        events.subject_actor_id,
        events.subject_actor_login,
        events.subject_actor_login_as_written,
        events.push_size,
        events.default_branch,
        events.tag_name,
        events.star_count,
        events.fork_count,
        events.file_name,
        events.file_sha256,
        events.observed_at,
        events.record_ref
    from events
    inner join aliases
        on
            events.repository_namespace = aliases.alias_namespace
            and events.repository_name = aliases.alias_name
    where events.repository_id is null

),

-- Files overlap: the copy in the first file is kept.
first_copies as (

    select
        event_key,
        min(file_name) as file_name
    from located
    group by event_key

),

final as (

    select
        located.event_key,
        coalesce(located.event_id, located.event_key) as event_source_id,
        located.archive_type,
        located.created_at,
        located.era,
        located.to_artifact_id,
        located.actor_id,
        located.actor_login,
        located.actor_login_as_written,
        located.repository_id,
        located.action,
        located.ref,
        located.subject_number,
        located.is_merged,
        located.merged_at,
        located.subject_id,
        located.subject_actor_id,
        located.subject_actor_login,
        located.subject_actor_login_as_written,
        located.push_size,
        located.default_branch,
        located.tag_name,
        located.star_count,
        located.fork_count,
        located.file_name,
        located.file_sha256,
        located.observed_at,
        located.record_ref
    from located
    inner join first_copies
        on
            located.event_key = first_copies.event_key
            and located.file_name = first_copies.file_name

)

select * from final
