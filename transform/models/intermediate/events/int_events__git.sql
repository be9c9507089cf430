{{ config(materialized='view') }}

with commits as (

    select * from {{ ref('int_commits') }}

),

artifacts as (

    select * from {{ ref('int_artifacts') }}

),

shared_addresses as (

    select * from {{ ref('int_shared_addresses') }}

),

release_tags as (

    select * from {{ ref('int_release_tags') }}

),

commit_events as (

    select
        {{ entity_id(['commits.event_source', "'COMMIT_CODE'", 'commits.commit_id']) }} as event_id,
        commits.committed_at as time,
        'COMMIT_CODE' as event_type,
        commits.event_source,
        commits.to_artifact_id,
        {{ commit_identity_id('commits', 'shared_addresses') }} as from_artifact_id,
        cast(1 as double) as amount,
        commits.commit_id as event_source_id,
        commits.observed_at,
        commits.record_ref
    from commits
    inner join artifacts
        on commits.to_artifact_id = artifacts.artifact_id
    left join shared_addresses
        on
            commits.email_domain = shared_addresses.email_domain
            and commits.email_hash = shared_addresses.email_hash

),

-- The same commit a second time, as work with an agent: whoever counts commits does not count these.
assisted_events as (

    select
        {{ entity_id(['events.event_source', "'AGENT_ASSISTED_COMMIT'", 'events.event_source_id']) }} as event_id,
        events.time,
        'AGENT_ASSISTED_COMMIT' as event_type,
        events.event_source,
        events.to_artifact_id,
        events.from_artifact_id,
        events.amount,
        events.event_source_id,
        events.observed_at,
        events.record_ref
    from commit_events as events
    inner join commits
        on
            events.event_source_id = commits.commit_id
            and events.to_artifact_id = commits.to_artifact_id
    where commits.is_agent_assisted

),

release_events as (

    select
        {{ entity_id([
            'release_tags.event_source',
            "'RELEASE_PUBLISHED'",
            'release_tags.event_source_id'
        ]) }} as event_id,
        release_tags.released_at as time,
        'RELEASE_PUBLISHED' as event_type,
        release_tags.event_source,
        release_tags.to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast(1 as double) as amount,
        release_tags.event_source_id,
        release_tags.observed_at,
        release_tags.record_ref
    from release_tags
    inner join artifacts
        on release_tags.to_artifact_id = artifacts.artifact_id

),

final as (

    select * from commit_events
    union all
    select * from assisted_events
    union all
    select * from release_events

)

select * from final
