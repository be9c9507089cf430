{{ config(materialized='metric_table', cut='closed') }}
{%- set queries = metric_queries() | selectattr('needs', 'equalto', 'last_day') | list %}

-- depends_on: {{ ref('int_metrics__changes') }}
with events as (

    select * from {{ ref('int_metrics__events') }}

),

{% for query in queries -%}
{{ query.name }} as (

    select
        '{{ query.name }}' as metric_name,
        entity_key,
        user_key,
        sender_class_key,
        max(day) as last_day,
    from events
    where
        {{ metric_of_types('event_type', query.event_types) }}
        and sender_class_key in ({{ query.class_keys | join(', ') }})
        and user_key is not null
        and {{ metric_in_closed_year('day') }}
        and {{ metric_part('entity_key') }}
    group by
        entity_key,
        user_key,
        sender_class_key

),

{% endfor -%}
final as (

    {% for query in queries -%}
    select
        metric_name,
        entity_key,
        user_key,
        sender_class_key,
        last_day,
    from {{ query.name }}

    union all

    {% endfor -%}
    select
        event_type as metric_name,
        entity_key,
        user_key,
        sender_class_key,
        day as last_day,
    from events
    where false

)

select * from final
{{ laid_out_by(['metric_name', 'entity_key']) }}
