{{ config(materialized='metric_table', cut='closed') }}
{%- set sets = metric_people_sets(metric_queries()) | selectattr('has_total') | list %}

-- depends_on: {{ ref('int_metrics__changes') }}
with events as (

    select * from {{ ref('int_metrics__events') }}

),

{% for people in sets -%}
of_set_{{ people.key }} as (

    select
        {{ people.key }} as people_set_key,
        entity_key,
        user_key,
        sum(amount) as amount,
    from events
    where
        {{ people.condition }}
        and {{ metric_in_closed_year('day') }}
        and {{ metric_part('entity_key') }}
    group by
        entity_key,
        user_key

),

{% endfor -%}
final as (

    {% for people in sets -%}
    select
        people_set_key,
        entity_key,
        user_key,
        amount,
    from of_set_{{ people.key }}

    union all

    {% endfor -%}
    select
        entity_key as people_set_key,
        entity_key,
        user_key,
        amount,
    from events
    where false

)

select * from final
