{{ config(materialized='view') }}

with final as (
    {%- for kind in ['sum', 'distinct'] %}
    select
        metric_key,
        class_key,
        entity_key,
        grain,
        start_date,
        end_date,
        amount,
    from {{ ref('int_metrics__' ~ kind) }}
    where class_key <> 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from final
