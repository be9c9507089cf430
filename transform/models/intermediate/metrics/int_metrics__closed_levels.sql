{{ config(materialized='metric_table', cut='closed') }}

-- depends_on: {{ ref('int_metrics__changes') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'latest'

),

events as (

    select * from {{ ref('int_events_daily') }}

),

event_types as (

    select distinct each_type.event_type
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

observed_days as (

    select
        events.to_artifact_id as artifact_id,
        events.event_type,
        events.bucket_day as day,
        events.amount,
        row_number() over (
            partition by events.to_artifact_id, events.event_type order by events.bucket_day desc, events.amount desc
        ) as position,
    from events
    inner join event_types
        on event_types.event_type = events.event_type
    where
        events.amount is not null
        and {{ metric_in_closed_year('events.bucket_day') }}

),

final as (

    select
        artifact_id,
        event_type,
        day,
        amount,
    from observed_days
    where position = 1

)

select * from final
