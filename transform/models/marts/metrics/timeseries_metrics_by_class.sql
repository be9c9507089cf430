with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

window_ends as (

    select * from {{ ref('int_metrics__window_ends') }}

),

{{ metric_run_buckets(ref('int_metrics__class_runs'), ['class_key']) }},

final as (

    select
        definitions.metric_id,
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id,
        case buckets.class_key
            {% for user_class, class_key in metric_user_classes().items() -%}
            when {{ class_key }} then '{{ user_class }}'
            {% endfor -%}
        end as user_class,
        buckets.grain,
        buckets.bucket,
        buckets.amount,
        definitions.unit,
    from buckets
    inner join definitions
        on definitions.metric_key = buckets.metric_key
    inner join entities
        on entities.entity_key = buckets.entity_key
    where buckets.amount <> 0

)

select * from final
