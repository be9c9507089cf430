{{ config(materialized='metric_table', cut='runs') }}
{%- set queries = metric_queries() -%}
{%- set from = metric_tail_from() %}

-- depends_on: {{ ref('int_metrics__changes') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'sql'

),

entity_events as (

    select * from {{ ref('int_metrics__events') }}

),

entity_items as (

    select * from {{ ref('int_metrics__items') }}

),

entity_types as (

    select
        entity_key,
        entity_type,
    from {{ ref('int_metrics__entities') }}

),

-- The artifacts of each entity, as entities of their own.
entity_parts as (

    select
        entity_artifacts.entity_key,
        artifacts.entity_key as part_key,
    from {{ ref('int_metrics__entity_artifacts') }} as entity_artifacts
    inner join {{ ref('int_metrics__entities') }} as artifacts
        on
            artifacts.entity_type = 'artifact'
            and artifacts.entity_id = entity_artifacts.artifact_id

),

buckets as (

    select * from {{ ref('int_metrics__buckets') }}
    {{ 'where last_day >= ' ~ from if from }}

),

-- Each bucket with its first and last day, and the first day of as many days before it.
bucket_spans as (

    select
        bucket_key,
        first_day,
        last_day,
        {{ add_days('first_day', '-(' ~ days_between('first_day', 'last_day') ~ ' + 1)') }} as first_day_before,
        {{ days_between("cast('1970-01-01' as date)", 'last_day') }} as last_day_number,
    from buckets

),

all_bucket_days as (

    select bucket_days.*
    from {{ ref('int_metrics__bucket_days') }} as bucket_days
    inner join buckets
        on buckets.bucket_key = bucket_days.bucket_key

),

metric_events as (

    select
        definitions.metric_name,
        each_type.event_type,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

metric_classes as (

    select
        definitions.metric_name,
        classes.sender_class_key,
    from {{ ref('int_metrics__classes') }} as classes
    inner join definitions
        on definitions.metric_key = classes.metric_key
    where classes.class_key = 0

),

metric_grains as (

    select
        definitions.metric_name,
        each_grain.grain,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}

),

{% for query in queries -%}
{{ query[0] }} as (

    with events as (

        select
            entity_events.entity_key,
            entity_events.event_type,
            entity_events.user_key,
            entity_events.day,
            {{ days_between("cast('1970-01-01' as date)", 'entity_events.day') }} as day_number,
            entity_events.amount,
            {{ metric_user_class('entity_events.sender_class_key') }} as user_class,
        from entity_events
        inner join metric_events
            on
                metric_events.event_type = entity_events.event_type
                and metric_events.metric_name = '{{ query[0] }}'
        inner join metric_classes
            on
                metric_classes.sender_class_key = entity_events.sender_class_key
                and metric_classes.metric_name = '{{ query[0] }}'

    ),

    items as (

        select entity_items.*
        from entity_items
        inner join metric_classes
            on
                metric_classes.sender_class_key = entity_items.sender_class_key
                and metric_classes.metric_name = '{{ query[0] }}'

    ),

    bucket_days as (

        select
            all_bucket_days.day,
            {{ days_between("cast('1970-01-01' as date)", 'all_bucket_days.day') }} as day_number,
            all_bucket_days.bucket_key,
            spans.first_day,
            spans.last_day,
            spans.first_day_before,
            spans.last_day_number,
        from all_bucket_days
        inner join bucket_spans as spans
            on spans.bucket_key = all_bucket_days.bucket_key
        inner join metric_grains
            on
                metric_grains.grain = all_bucket_days.grain
                and metric_grains.metric_name = '{{ query[0] }}'

    ),

    result as (

        {{ query[1] }}

    )

    select * from result

),

{% endfor -%}

results as (

    {% for query in queries -%}
    select
        '{{ query[0] }}' as metric_name,
        entity_key,
        bucket_key,
        amount,
    from {{ query[0] }}

    union all

    {% endfor -%}
    select
        metric_name,
        metric_key as entity_key,
        metric_key as bucket_key,
        0 as amount,
    from definitions
    where false

),

final as (

    select
        definitions.metric_key,
        results.entity_key,
        buckets.grain,
        buckets.bucket as start_date,
        buckets.bucket as end_date,
        cast(results.amount as double) as amount,
    from results
    inner join definitions
        on definitions.metric_name = results.metric_name
    inner join buckets
        on buckets.bucket_key = results.bucket_key
    where results.amount <> 0 or not definitions.is_zero_if_absent

)

select * from final
