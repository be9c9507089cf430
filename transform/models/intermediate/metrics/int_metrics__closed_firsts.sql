{{ config(materialized='metric_table', cut='closed') }}

-- depends_on: {{ ref('int_metrics__changes') }}
with active_days as (

    select * from {{ ref('int_metrics__active_days') }}

),

final as (

    select
        event_set_key,
        entity_key,
        sender_class_key,
        count(*) as user_count,
    from active_days
    where
        is_first
        and {{ metric_in_closed_year('day') }}
    group by
        event_set_key,
        entity_key,
        sender_class_key

)

select * from final
