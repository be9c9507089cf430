with events as (

    select * from {{ ref('int_events') }}

),

-- Events of impossible dates stay in int_events: they are counted in no period, so no period can show them.
final as (

    select
        event_id,
        time,
        event_type,
        event_source,
        to_artifact_id,
        from_artifact_id,
        amount,
        unit,
        event_source_id,
        observed_at,
        basis,
        record_ref
    from events
    where
        time is not null
        and {{ day_of('time') }} <= {{ as_of() }}

)

select * from final
