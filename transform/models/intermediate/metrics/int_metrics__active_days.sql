{{ config(materialized='metric_table', cut='day') }}
{%- set from = metric_tail_from() %}

-- depends_on: {{ ref('int_metrics__changes') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'distinct'

),

events as (

    select * from {{ ref('int_metrics__events') }}

),

event_sets as (

    select distinct
        definitions.event_set_key,
        each_type.event_type,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

active_days as (

    select distinct
        event_sets.event_set_key,
        events.entity_key,
        events.user_key,
        events.sender_class_key,
        events.day,
    from events
    inner join event_sets
        on event_sets.event_type = events.event_type
    where
        events.user_key is not null
        {{ metric_since('events.day') }}

),

{% if from -%}
known as (

    select
        active_days.event_set_key,
        active_days.entity_key,
        active_days.user_key,
    from {{ this }} as known_days
    inner join active_days
        on
            active_days.event_set_key = known_days.event_set_key
            and active_days.entity_key = known_days.entity_key
            and active_days.user_key = known_days.user_key
    where known_days.is_first
    group by
        active_days.event_set_key,
        active_days.entity_key,
        active_days.user_key

),
{%- endif %}

numbered as (

    select
        *,
        row_number() over (partition by event_set_key, entity_key, user_key order by day) as day_position,
    from active_days

),

final as (

    select
        numbered.event_set_key,
        numbered.entity_key,
        numbered.user_key,
        numbered.sender_class_key,
        numbered.day,
        numbered.day_position = 1 {{ 'and known.user_key is null' if from }} as is_first,
    from numbered
    {% if from -%}
    left join known
        on
            known.event_set_key = numbered.event_set_key
            and known.entity_key = numbered.entity_key
            and known.user_key = numbered.user_key
    {%- endif %}

)

select * from final
{{ laid_out_by([metric_bucket('year', 'day'), 'entity_key']) }}
