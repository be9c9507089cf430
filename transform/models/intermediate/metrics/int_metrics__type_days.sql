{{ config(materialized='metric_table', cut='day') }}

-- depends_on: {{ ref('int_metrics__changes') }}
with events as (

    select * from {{ ref('int_metrics__events') }}

),

final as (

    select
        entity_key,
        event_type,
        sender_class_key,
        day,
        sum(amount) as amount,
    from events
    where
        amount is not null
        {{ metric_since('day') }}
    group by
        entity_key,
        event_type,
        sender_class_key,
        day

)

select * from final
{{ laid_out_by([metric_bucket('year', 'day'), 'entity_key']) }}
