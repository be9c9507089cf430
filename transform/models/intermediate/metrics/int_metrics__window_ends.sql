with events as (

    select * from {{ ref('int_events_daily') }}

),

span as (

    select min(bucket_day) as first_day
    from events
    where bucket_day <= {{ as_of() }}

),

days as (

    select cast(each_day.day as date) as day
    from span
    {{ metric_each_day('span.first_day', as_of(), 'each_day', 'day') }}

),

final as (

    select
        cast(row_number() over (order by day) as integer) as position,
        day,
    from days
    where day = {{ metric_window_end_after('day') }}

)

select * from final
