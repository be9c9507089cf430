{{ config(materialized='metric_table', cut='whole') }}
{%- set from = metric_tail_from() -%}
{#- Read by name: these are the tables of the build before, which are cut and replaced after this. -#}
{%- set events_before = this.incorporate(path={'identifier': 'int_metrics__events'}) -%}
{%- set items_before = this.incorporate(path={'identifier': 'int_metrics__items'}) -%}
{%- set moments = {
    'opened_at': 'opened_day',
    'first_response_at': 'responded_day',
    'merged_at': 'merged_day',
    'closed_at': 'closed_day',
} %}

-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_events_daily') }}, {{ ref('int_items') }}
-- depends_on: {{ ref('int_metrics__entity_artifacts') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where has_lasting_totals

),

metric_events as (

    select
        definitions.metric_key,
        each_type.event_type,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

{% if from -%}
events as (

    select
        to_artifact_id as artifact_id,
        event_type,
    from {{ ref('int_events_daily') }}
    where
        bucket_day >= {{ from }}
        and bucket_day <= {{ as_of() }}
    group by
        to_artifact_id,
        event_type

),

items as (

    select to_artifact_id as artifact_id
    from {{ ref('int_items') }}
    where
        {% for moment in moments -%}
        {{ 'or ' if not loop.first }}{{ day_of(moment) }} >= {{ from }}
        {% endfor -%}
    group by to_artifact_id

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

-- An event that is gone changes a total as one that came.
entity_types as (

    select
        entity_artifacts.entity_key,
        events.event_type,
    from events
    inner join entity_artifacts
        on entity_artifacts.artifact_id = events.artifact_id

    union distinct

    select
        entity_key,
        event_type,
    from {{ events_before }}
    where day >= {{ from }}

),

entities_with_items as (

    select entity_artifacts.entity_key
    from items
    inner join entity_artifacts
        on entity_artifacts.artifact_id = items.artifact_id

    union distinct

    select entity_key
    from {{ items_before }}
    where
        {% for day in moments.values() -%}
        {{ 'or ' if not loop.first }}{{ day }} >= {{ from }}
        {% endfor %}
),

final as (

    select
        metric_events.metric_key,
        entity_types.entity_key,
    from entity_types
    inner join metric_events
        on metric_events.event_type = entity_types.event_type

    union distinct

    -- A query that reads items names them.
    select
        definitions.metric_key,
        entities_with_items.entity_key,
    from entities_with_items
    cross join definitions
    where
        definitions.kind = 'sql'
        and definitions.sql like '%items%'

)
{%- else -%}
final as (

    select
        metric_key,
        metric_key as entity_key,
    from metric_events
    where false

)
{%- endif %}

select * from final
