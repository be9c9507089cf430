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

{% for grain in metric_calendar_grains() -%}
{{ grain }}_buckets as (

    select
        '{{ grain }}' as grain,
        {{ metric_bucket(grain, 'day') }} as bucket,
        {{ metric_bucket(grain, 'day') }} as first_day,
        {{ metric_bucket_end(grain, metric_bucket(grain, 'day')) }} as last_day,
    from days
    group by {{ metric_bucket(grain, 'day') }}

),

{% endfor -%}

window_ends as (

    select * from {{ ref('int_metrics__window_ends') }}

),

{% for grain, length in metric_windows().items() -%}
{{ grain }} as (

    select
        '{{ grain }}' as grain,
        day as bucket,
        {{ add_days('day', 1 - length) }} as first_day,
        day as last_day,
    from window_ends

),

{% endfor -%}

totals as (

    select
        'all' as grain,
        {{ as_of() }} as bucket,
        first_day,
        {{ as_of() }} as last_day,
    from span
    where first_day is not null

),

buckets as (

    {% for grain in metric_calendar_grains() -%}
    select grain, bucket, first_day, last_day from {{ grain }}_buckets
    union all
    {% endfor -%}
    {% for grain in metric_windows() -%}
    select grain, bucket, first_day, last_day from {{ grain }}
    union all
    {% endfor -%}
    select grain, bucket, first_day, last_day from totals

),

final as (

    select
        cast(row_number() over (order by grain, bucket) as integer) as bucket_key,
        grain,
        bucket,
        first_day,
        case when last_day > {{ as_of() }} then {{ as_of() }} else last_day end as last_day,
    from buckets

)

select * from final
