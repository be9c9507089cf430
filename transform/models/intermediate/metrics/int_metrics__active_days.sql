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
    where events.user_key is not null

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
