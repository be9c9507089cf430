{{ config(materialized='table') }}

with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

-- What the original called the periods at the end of its names.
periods as (

    {% for grain, period in metric_original_periods().items() -%}
    select '{{ grain }}' as grain, '{{ period }}' as time_aggregation
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

models as (

    select
        definitions.metric_name,
        definitions.event_source,
        definitions.grains,
        definitions.definition_path,
        each_model.original_model,
    from definitions
    {{ metric_each('definitions.original_names', 'each_model', 'original_model') }}

),

names as (

    select
        models.metric_name,
        each_grain.grain,
        models.event_source || '_' || models.original_model || '_' || periods.time_aggregation as original_name,
        models.original_model,
        models.event_source,
        periods.time_aggregation,
        models.definition_path,
    from models
    {{ metric_each('models.grains', 'each_grain', 'grain') }}
    inner join periods
        on periods.grain = each_grain.grain
    where models.event_source is not null

),

final as (

    select
        {{ entity_id(["'OSO'", "'oso'", "original_name"]) }} as original_metric_id,
        original_name,
        original_model,
        event_source,
        time_aggregation,
        metric_name,
        grain,
        definition_path,
    from names

)

select * from final
