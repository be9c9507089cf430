{{ config(materialized='metric_table', cut='runs') }}
{%- set from = metric_tail_from() %}

-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__bucket_days') }}, {{ ref('int_metrics__buckets') }}
-- depends_on: {{ ref('int_metrics__changed_totals') }}, {{ ref('int_metrics__events') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'sum'

),

type_days as (

    select * from {{ ref('int_metrics__type_days') }}

),

metric_events as (

    select
        definitions.metric_key,
        each_type.event_type,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

metric_classes as (

    select * from {{ ref('int_metrics__classes') }}

),

metric_grains as (

    select
        definitions.metric_key,
        each_grain.grain,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}

),

{% if from -%}
changed_totals as (

    select * from {{ ref('int_metrics__changed_totals') }}

),

type_buckets as (

    select
        type_days.entity_key,
        type_days.event_type,
        type_days.sender_class_key,
        buckets.grain,
        buckets.bucket,
        sum(type_days.amount) as amount,
    from type_days
    {{ metric_tail_buckets('type_days.day') }}
    where type_days.day >= {{ metric_reach() }}
    group by
        type_days.entity_key,
        type_days.event_type,
        type_days.sender_class_key,
        buckets.grain,
        buckets.bucket

),

bucket_runs as (

    select
        metric_grains.metric_key,
        metric_classes.class_key,
        type_buckets.entity_key,
        type_buckets.grain,
        type_buckets.bucket as start_date,
        type_buckets.bucket as end_date,
        sum(type_buckets.amount) as amount,
    from type_buckets
    inner join metric_events
        on metric_events.event_type = type_buckets.event_type
    inner join metric_classes
        on
            metric_classes.metric_key = metric_events.metric_key
            and metric_classes.sender_class_key = type_buckets.sender_class_key
    inner join metric_grains
        on
            metric_grains.metric_key = metric_events.metric_key
            and metric_grains.grain = type_buckets.grain
    group by
        metric_grains.metric_key,
        metric_classes.class_key,
        type_buckets.entity_key,
        type_buckets.grain,
        type_buckets.bucket

),

-- Each year as it stands after this build.
years as (

    select
        metric_key,
        class_key,
        entity_key,
        amount,
    from {{ this }}
    where {{ metric_is_year_before('grain', 'start_date', from) }}

    union all

    select
        metric_key,
        class_key,
        entity_key,
        amount,
    from bucket_runs
    where grain = 'year'

),

runs as (

    select
        metric_key,
        class_key,
        entity_key,
        grain,
        start_date,
        end_date,
        amount,
    from bucket_runs

    union all

    select
        years.metric_key,
        years.class_key,
        years.entity_key,
        'all' as grain,
        {{ as_of() }} as start_date,
        {{ as_of() }} as end_date,
        sum(years.amount) as amount,
    from years
    inner join changed_totals
        on
            changed_totals.metric_key = years.metric_key
            and changed_totals.entity_key = years.entity_key
    inner join metric_grains
        on
            metric_grains.metric_key = years.metric_key
            and metric_grains.grain = 'all'
    group by
        years.metric_key,
        years.class_key,
        years.entity_key

),
{% else -%}
days as (

    select
        metric_events.metric_key,
        metric_classes.class_key,
        type_days.entity_key,
        type_days.day,
        sum(type_days.amount) as amount,
    from type_days
    inner join metric_events
        on metric_events.event_type = type_days.event_type
    inner join metric_classes
        on
            metric_classes.metric_key = metric_events.metric_key
            and metric_classes.sender_class_key = type_days.sender_class_key
    where {{ metric_part('type_days.entity_key') }}
    group by
        metric_events.metric_key,
        metric_classes.class_key,
        type_days.entity_key,
        type_days.day

),

weeks as (

    select
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('week', 'day') }} as bucket,
        sum(amount) as amount,
    from days
    group by
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('week', 'day') }}

),

months as (

    select
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('month', 'day') }} as bucket,
        sum(amount) as amount,
    from days
    group by
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('month', 'day') }}

),

quarters as (

    select
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('quarter', 'bucket') }} as bucket,
        sum(amount) as amount,
    from months
    group by
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('quarter', 'bucket') }}

),

years as (

    select
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('year', 'bucket') }} as bucket,
        sum(amount) as amount,
    from quarters
    group by
        metric_key,
        class_key,
        entity_key,
        {{ metric_bucket('year', 'bucket') }}

),

totals as (

    select
        metric_key,
        class_key,
        entity_key,
        {{ as_of() }} as bucket,
        sum(amount) as amount,
    from years
    group by
        metric_key,
        class_key,
        entity_key

),

-- A rolling sum changes on days with events and when such a day leaves the window; nowhere else. A day of both has
-- two rows with the same sum, of which the first has no day to itself. Of the runs between changes those stay in which
-- a window ends.
{% for grain, length in metric_windows().items() %}
{{ grain }}_changes as (

    select
        metric_key,
        class_key,
        entity_key,
        {{ days_between("date '1970-01-01'", 'day') }} as day_number,
        amount,
    from days

    union all

    select
        metric_key,
        class_key,
        entity_key,
        {{ days_between("date '1970-01-01'", 'day') }} + {{ length }} as day_number,
        0 as amount,
    from days
    where {{ add_days('day', length) }} <= {{ as_of() }}

),

{{ grain }}_sums as (

    select
        metric_key,
        class_key,
        entity_key,
        day_number,
        lead(day_number) over (partition by metric_key, class_key, entity_key order by day_number) as next_day_number,
        sum(amount) over (
            partition by metric_key, class_key, entity_key
            order by day_number
            range between {{ length - 1 }} preceding and current row
        ) as amount,
    from {{ grain }}_changes

),

{{ grain }} as (

    select
        metric_key,
        class_key,
        entity_key,
        {{ add_days("date '1970-01-01'", 'day_number') }} as start_date,
        coalesce({{ add_days("date '1970-01-01'", 'next_day_number - 1') }}, {{ as_of() }}) as end_date,
        amount,
    from {{ grain }}_sums
    where
        next_day_number is null
        or next_day_number > day_number

),
{% endfor %}

{% set parts = {'day': 'days', 'week': 'weeks', 'month': 'months', 'quarter': 'quarters', 'year': 'years', 'all': 'totals'} -%}
runs as (

    {% for grain, part in parts.items() -%}
    select
        metric_grains.metric_key,
        parts.class_key,
        parts.entity_key,
        metric_grains.grain,
        parts.{{ 'day' if grain == 'day' else 'bucket' }} as start_date,
        parts.{{ 'day' if grain == 'day' else 'bucket' }} as end_date,
        parts.amount,
    from {{ part }} as parts
    inner join metric_grains
        on metric_grains.metric_key = parts.metric_key
    where metric_grains.grain = '{{ grain }}'

    union all

    {% endfor -%}
    {% for grain in metric_windows() -%}
    select
        metric_grains.metric_key,
        parts.class_key,
        parts.entity_key,
        metric_grains.grain,
        {{ metric_window_end_after('parts.start_date') }} as start_date,
        {{ metric_window_end_before('parts.end_date') }} as end_date,
        parts.amount,
    from {{ grain }} as parts
    inner join metric_grains
        on metric_grains.metric_key = parts.metric_key
    where
        metric_grains.grain = '{{ grain }}'
        and {{ metric_window_end_after('parts.start_date') }} <= parts.end_date
    {{ 'union all' if not loop.last }}
    {% endfor %}
),
{%- endif %}

final as (

    select
        metric_key,
        class_key,
        entity_key,
        grain,
        start_date,
        end_date,
        cast(amount as double) as amount,
    from runs
    where amount <> 0

)

select * from final
{{ metric_runs_laid_out() }}
