{{ config(materialized='metric_table', cut='runs') }}
{%- set from = metric_tail_from() %}

-- depends_on: {{ ref('int_metrics__changed_totals') }}, {{ ref('int_metrics__definitions') }}
-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__bucket_days') }}, {{ ref('int_metrics__buckets') }}
-- depends_on: {{ ref('int_metrics__active_days') }}, {{ ref('int_metrics__classes') }}, {{ ref('int_metrics__distinct_steps') }}
with metric_grains as (

    select * from {{ ref('int_metrics__distinct_grains') }}

),

{% if from -%}
metric_classes as (

    select * from {{ ref('int_metrics__classes') }}

),

histogram as (

    {{ metric_tail_people(ref('int_metrics__active_days'), is_rolling=true) }}

),

-- Of a window that ends on a day that is made anew nothing is known before it was counted.
runs as (

    {{ metric_counted_people('histogram') }}

),
{%- else -%}
steps as (

    select * from {{ ref('int_metrics__distinct_steps') }}

),

stretches as (

    select
        metric_grain_key,
        class_key,
        entity_key,
        day as start_date,
        {{ add_days('lead(day) over (partition by metric_grain_key, class_key, entity_key order by day)', -1) }} as last_day,
        sum(step) over (
            partition by metric_grain_key, class_key, entity_key
            order by day
            rows between unbounded preceding and current row
        ) as amount,
    from steps

),

runs as (

    select
        metric_grain_key,
        class_key,
        entity_key,
        start_date,
        coalesce({{ metric_window_end_before('last_day') }}, {{ as_of() }}) as end_date,
        amount,
    from stretches

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
