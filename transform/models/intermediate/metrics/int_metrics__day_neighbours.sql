{{ config(materialized='metric_table', cut='scaffold') }}

-- depends_on: {{ ref('int_metrics__changes') }}
with active_days as (

    select * from {{ ref('int_metrics__active_days') }}

),

final as (

    select
        event_set_key,
        entity_key,
        user_key,
        sender_class_key,
        day,
        row_number() over (partition by event_set_key, entity_key, user_key order by day) as day_position,
        lag(day) over (partition by event_set_key, entity_key, user_key order by day) as previous_day,
        lead(day) over (partition by event_set_key, entity_key, user_key order by day) as next_day,
        count(*) over (partition by event_set_key, entity_key, user_key) as day_total,
    from active_days

)

select * from final
