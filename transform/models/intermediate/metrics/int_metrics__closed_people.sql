{{ config(materialized='metric_table', cut='closed') }}
{%- set from = metric_tail_from() %}

-- depends_on: {{ ref('int_metrics__changes') }}
with person_amounts as (

    select * from {{ ref('int_metrics__closed_person_amounts') }}
    {{ 'where ' ~ metric_year_closed(from) if from }}

),

final as (

    select
        people_set_key,
        entity_key,
        amount,
        count(*) as person_count,
    from person_amounts
    group by
        people_set_key,
        entity_key,
        amount

)

select * from final
