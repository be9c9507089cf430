{{ config(materialized='metric_table', cut='closed') }}

-- depends_on: {{ ref('int_metrics__changes') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where total = 'amounts'

),

events as (

    select * from {{ ref('int_metrics__events') }}

),

event_types as (

    select distinct each_type.event_type
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

closed_events as (

    select events.*
    from events
    inner join event_types
        on event_types.event_type = events.event_type
    where
        {{ metric_in_closed_year('events.day') }}
        and {{ metric_part('events.entity_key') }}

),

affiliated_events as (

    select
        closed_events.entity_key,
        closed_events.event_type,
        closed_events.sender_class_key,
        closed_events.amount,
        {{ metric_affiliation() }},
    from closed_events
    {{ metric_affiliation_of('closed_events') }}

),

final as (

    select
        entity_key,
        event_type,
        sender_class_key,
        affiliation,
        organization_name,
        sum(amount) as amount,
    from affiliated_events
    group by
        entity_key,
        event_type,
        sender_class_key,
        affiliation,
        organization_name

)

select * from final
