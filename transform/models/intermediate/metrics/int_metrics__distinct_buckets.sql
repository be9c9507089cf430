{{ config(materialized='metric_table', cut='runs') }}
{%- set from = metric_tail_from() %}
-- The large table is named where it is read: an import that is read twice would be held in memory.
-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__bucket_days') }}, {{ ref('int_metrics__buckets') }}
-- depends_on: {{ ref('int_metrics__changed_totals') }}, {{ ref('int_metrics__definitions') }}
-- depends_on: {{ ref('int_metrics__events') }}, {{ ref('int_metrics__closed_firsts') }}
{% set active_days = ref('int_metrics__active_days') %}

with metric_grains as (

    select * from {{ ref('int_metrics__distinct_grains') }}

),

metric_classes as (

    select * from {{ ref('int_metrics__classes') }}

),

{% if from -%}
people as (

    {{ metric_tail_people(active_days, is_rolling=false) }}

),

-- Metrics of one set of events have the same changed totals.
changed_totals as (

    select distinct
        metric_grains.event_set_key,
        changed.entity_key,
    from {{ ref('int_metrics__changed_totals') }} as changed
    inner join metric_grains
        on metric_grains.metric_key = changed.metric_key

),

-- Whose first day is in a closed year, and in the days after those.
first_days as (

    select
        event_set_key,
        entity_key,
        sender_class_key,
        user_count,
    from {{ ref('int_metrics__closed_firsts') }}

    union all

    select
        event_set_key,
        entity_key,
        sender_class_key,
        count(*) as user_count,
    from {{ active_days }}
    where
        is_first
        and day >= {{ metric_open_year(as_of()) }}
    group by
        event_set_key,
        entity_key,
        sender_class_key

),

everybody as (

    select
        first_days.event_set_key,
        first_days.entity_key,
        first_days.sender_class_key,
        sum(first_days.user_count) as user_count,
    from first_days
    inner join changed_totals
        on
            changed_totals.event_set_key = first_days.event_set_key
            and changed_totals.entity_key = first_days.entity_key
    group by
        first_days.event_set_key,
        first_days.entity_key,
        first_days.sender_class_key

),

histogram as (

    select
        event_set_key,
        entity_key,
        sender_class_key,
        grain,
        bucket,
        active_day_count,
        has_first_day,
        user_count,
    from people

    union all

    select
        event_set_key,
        entity_key,
        sender_class_key,
        'all' as grain,
        {{ as_of() }} as bucket,
        1 as active_day_count,
        true as has_first_day,
        user_count,
    from everybody

),

runs as (

    {{ metric_counted_people('histogram') }}

),
{% else -%}
-- Calendar buckets: how many people had so many active days in a bucket, and whether their first ever is in it.
{% set parts = {
    'week': (active_days, 'day'),
    'month': (active_days, 'day'),
    'quarter': ('people_by_month', 'bucket'),
    'year': ('people_by_quarter', 'bucket'),
} %}
{% for grain, (part, column) in parts.items() %}
people_by_{{ grain }} as (

    select
        event_set_key,
        entity_key,
        user_key,
        sender_class_key,
        {{ metric_bucket(grain, column) }} as bucket,
        {% if part == active_days -%}
        count(*) as active_day_count,
        max(cast(is_first as integer)) as first_days,
        {%- else -%}
        sum(active_day_count) as active_day_count,
        max(first_days) as first_days,
        {%- endif %}
    from {{ part }}
    {{ 'where ' ~ metric_part('entity_key') if part == active_days }}
    group by
        event_set_key,
        entity_key,
        user_key,
        sender_class_key,
        {{ metric_bucket(grain, column) }}

),
{% endfor %}

-- No threshold holds for all time: everybody has one first day.
people_by_all as (

    select
        event_set_key,
        entity_key,
        sender_class_key,
        {{ as_of() }} as bucket,
        1 as active_day_count,
        1 as first_days,
    from {{ active_days }}
    where
        is_first
        and {{ metric_part('entity_key') }}

),

people_by_day as (

    select
        event_set_key,
        entity_key,
        user_key,
        sender_class_key,
        day as bucket,
        1 as active_day_count,
        cast(is_first as integer) as first_days,
    from {{ active_days }}
    where {{ metric_part('entity_key') }}

),

{% for grain in metric_calendar_grains() + ['all'] %}
{{ grain }}_histogram as (

    select
        event_set_key,
        entity_key,
        sender_class_key,
        bucket,
        active_day_count,
        first_days = 1 as has_first_day,
        count(*) as user_count,
    from people_by_{{ grain }}
    group by
        event_set_key,
        entity_key,
        sender_class_key,
        bucket,
        active_day_count,
        first_days = 1

),

{{ grain }}_runs as (

    {{ metric_counted_people(grain ~ '_histogram', "'" ~ grain ~ "'") }}

),
{% endfor %}

runs as (

    {% for grain in metric_calendar_grains() + ['all'] -%}
    select metric_grain_key, class_key, entity_key, start_date, end_date, amount from {{ grain }}_runs
    {{ 'union all' if not loop.last }}
    {% endfor %}
),
{%- endif %}

final as (

    select
        metric_grains.metric_key,
        runs.class_key,
        runs.entity_key,
        metric_grains.grain,
        runs.start_date,
        runs.end_date,
        cast(runs.amount as double) as amount,
    from runs
    inner join metric_grains
        on metric_grains.metric_grain_key = runs.metric_grain_key
    where runs.amount <> 0

)

select * from final
{{ laid_out_by(['end_date']) }}
