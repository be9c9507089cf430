{{ config(materialized='view') }}

with account_events as (

    select * from {{ ref('int_archive_activity') }}

),

pushes as (

    select * from {{ ref('int_pushes') }}

),

archive_commits as (

    select * from {{ ref('int_archive_commits') }}

),

shared_addresses as (

    select * from {{ ref('int_shared_addresses') }}

),

commit_events as (

    select
        {{ entity_id(["'GITHUB'", "'COMMIT_CODE'", 'archive_commits.commit_id']) }} as event_id,
        archive_commits.created_at as time,
        'COMMIT_CODE' as event_type,
        'GITHUB' as event_source,
        archive_commits.to_artifact_id,
        {{ commit_identity_id('archive_commits', 'shared_addresses') }} as from_artifact_id,
        cast(1 as double) as amount,
        archive_commits.commit_id as event_source_id,
        archive_commits.observed_at,
        archive_commits.record_ref
    from archive_commits
    left join shared_addresses
        on
            archive_commits.email_domain = shared_addresses.email_domain
            and archive_commits.email_hash = shared_addresses.email_hash

),

-- Whoever pushed need not have written what was pushed, so nobody stands behind an uncounted push.
uncounted_pushes as (

    select
        {{ entity_id(["'GITHUB'", "'COMMIT_CODE'", "'push:'", 'event_key']) }} as event_id,
        created_at as time,
        'COMMIT_CODE' as event_type,
        'GITHUB' as event_source,
        to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast(null as double) as amount,
        'push:' || event_source_id as event_source_id,
        observed_at,
        record_ref
    from pushes
    where is_uncounted

),

api_events as (

    select event_id
    from {{ ref('int_events__forge') }}
    where event_source = 'GITHUB'

),

-- What the API told up to the moment of its last reading it told whole: the archive has nothing to add there.
uncovered as (

    select account_events.*
    from account_events
    left join {{ ref('int_forge_coverage') }} as coverage
        on
            account_events.to_artifact_id = coverage.artifact_id
            and account_events.event_source = coverage.event_source
            and account_events.event_type = coverage.event_type
            and account_events.time <= coverage.complete_to
    left join api_events
        on account_events.event_id = api_events.event_id
    where
        coverage.artifact_id is null
        and api_events.event_id is null

),

final as (

    select * from uncovered
    union all
    select * from commit_events
    union all
    select * from uncounted_pushes

)

select * from final
