{{ config(materialized='view') }}

with buckets as (

    select * from {{ ref('int_metrics__distinct_buckets') }}

),

windows as (

    select * from {{ ref('int_metrics__distinct_windows') }}

),

final as (

    select metric_key, class_key, entity_key, grain, start_date, end_date, amount from buckets
    union all
    select metric_key, class_key, entity_key, grain, start_date, end_date, amount from windows

)

select * from final
