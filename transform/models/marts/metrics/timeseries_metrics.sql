with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

window_ends as (

    select * from {{ ref('int_metrics__window_ends') }}

),

{{ metric_run_buckets(ref('int_metrics__runs')) }},

final as (

    select
        definitions.metric_id,
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id,
        buckets.grain,
        buckets.bucket,
        buckets.amount,
        definitions.unit,
    from buckets
    inner join definitions
        on definitions.metric_key = buckets.metric_key
    inner join entities
        on entities.entity_key = buckets.entity_key
    where
        buckets.amount <> 0
        or not definitions.is_zero_if_absent

)

select * from final
