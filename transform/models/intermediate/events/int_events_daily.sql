with events as (

    select * from {{ ref('int_events') }}
    where
        time is not null
        and {{ day_of('time') }} <= {{ as_of() }}

),

final as (

    select
        {{ day_of('time') }} as bucket_day,
        event_type,
        event_source,
        to_artifact_id,
        from_artifact_id,
        basis,
        sum(amount) as amount,
        count(*) as event_count
    from events
    group by
        {{ day_of('time') }},
        event_type,
        event_source,
        to_artifact_id,
        from_artifact_id,
        basis

)

select * from final
