with source_rows as (

    select * from {{ ref('int_events_daily') }}

),

final as (

    select
        bucket_day,
        event_type,
        event_source,
        to_artifact_id,
        from_artifact_id,
        amount,
        event_count,
        basis
    from source_rows

)

select * from final
