with source_rows as (

    select * from {{ ref('int_events') }}

),

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
    from source_rows

)

select * from final
