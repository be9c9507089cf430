with events as (

    select * from {{ ref('int_events') }}
    where
        time is not null
        and {{ day_of('time') }} <= {{ as_of() }}

),

days as (

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

),

-- What a later build compares is made with the row, and not of all rows each time.
final as (

    select
        *,
        {{ fact_hash(['event_type', 'to_artifact_id', 'from_artifact_id', 'amount']) }} as fact_hash
    from days

)

select * from final
