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
    select * from release_events

)

select * from final
