with git_events as (

    select
        *,
        'git' as basis
    from {{ ref('int_events__git') }}

),

forge_events as (

    select
        *,
        'api' as basis
    from {{ ref('int_events__forge') }}

),

archive_events as (

    select
        *,
        'archive' as basis
    from {{ ref('int_events__github_archive') }}

),

funding_events as (

    select * from {{ ref('int_events__funding') }}

),

chain_events as (

    select * from {{ ref('int_events__evm') }}
    union all
    select * from {{ ref('int_events__defillama') }}

),

package_events as (

    select * from {{ ref('int_events__packages') }}

),

unioned as (

    select * from git_events
    union all
    select * from forge_events
    union all
    select * from archive_events
    union all
    select * from funding_events
    union all
    select
        event_id,
        time,
        event_type,
        event_source,
        to_artifact_id,
        from_artifact_id,
        amount,
        event_source_id,
        observed_at,
        record_ref,
        basis
    from chain_events
    union all
    select * from package_events

),

event_types as (

    select * from {{ ref('event_types') }}

),

identities as (

    select * from {{ ref('int_identities') }}

),

final as (

    select
        unioned.event_id,
        unioned.time,
        unioned.event_type,
        unioned.event_source,
        unioned.to_artifact_id,
        coalesce(identities.user_id, unioned.from_artifact_id) as from_artifact_id,
        unioned.amount,
        event_types.unit,
        unioned.event_source_id,
        unioned.observed_at,
        unioned.basis,
        unioned.record_ref
    from unioned
    inner join event_types
        on unioned.event_type = event_types.event_type
    left join identities
        on unioned.from_artifact_id = identities.identity_id

)

select * from final
