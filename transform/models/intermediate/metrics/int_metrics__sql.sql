{{ config(materialized='metric_table', cut='runs') }}
{%- set queries = metric_queries() -%}
{%- set from = metric_tail_from() %}
-- Large tables are named where they are read: an import that is read twice would be held in memory.
{%- set events = ref('int_metrics__events') %}
{%- set items = ref('int_metrics__items') %}
-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__changed_totals') }}
-- depends_on: {{ ref('int_metrics__affiliations') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'sql'

),

entity_types as (

    select
        entity_key,
        entity_type,
    from {{ ref('int_metrics__entities') }}

),

-- The artifacts of each entity, as entities of their own.
entity_parts as (

    select
        entity_artifacts.entity_key,
        artifacts.entity_key as part_key,
    from {{ ref('int_metrics__entity_artifacts') }} as entity_artifacts
    inner join {{ ref('int_metrics__entities') }} as artifacts
        on
            artifacts.entity_type = 'artifact'
            and artifacts.entity_id = entity_artifacts.artifact_id

),

buckets as (

    select * from {{ ref('int_metrics__buckets') }}
    {{ 'where last_day >= ' ~ from if from }}

),

-- Each bucket with its first and last day, and the first day of as many days before it.
bucket_spans as (

    select
        bucket_key,
        first_day,
        last_day,
        {{ add_days('first_day', '-(' ~ days_between('first_day', 'last_day') ~ ' + 1)') }} as first_day_before,
        {{ days_between("cast('1970-01-01' as date)", 'last_day') }} as last_day_number,
    from buckets

),

all_bucket_days as (

    select
        bucket_days.day,
        {{ days_between("cast('1970-01-01' as date)", 'bucket_days.day') }} as day_number,
        bucket_days.bucket_key,
        bucket_days.grain,
        spans.first_day,
        spans.last_day,
        spans.first_day_before,
        spans.last_day_number,
    from {{ ref('int_metrics__bucket_days') }} as bucket_days
    inner join bucket_spans as spans
        on spans.bucket_key = bucket_days.bucket_key

),

{% if from -%}
changed_totals as (

    select
        definitions.metric_name,
        changed.metric_key,
        changed.entity_key,
    from {{ ref('int_metrics__changed_totals') }} as changed
    inner join definitions
        on definitions.metric_key = changed.metric_key

),

-- What most queries see, looked for once: the large table is not scanned for each of them.
recent_events as {{ read_once() }} (

    select * from {{ events }}
    where
        day >= {{ metric_reach() }}
        and {{ metric_part('entity_key') }}

),

earlier_events as {{ read_once() }} (

    select entity_events.*
    from {{ events }} as entity_events
    inner join (
        select distinct entity_key
        from changed_totals
    ) as changed
        on changed.entity_key = entity_events.entity_key
    where
        entity_events.day < {{ metric_reach() }}
        and {{ metric_part('entity_events.entity_key') }}

),

{% endif -%}
{% for query in queries -%}
{%- set sees_all = not from or query.needs == 'history' -%}
{%- set has_total = 'all' in query.grains -%}
{%- set reach = metric_reach(query.grains, has_days_before=query.needs == 'before') if not sees_all -%}
{#- What reads other entities, too, is made as a whole. -#}
{%- set has_parts = query.is_per_entity -%}
{%- set sees_recent = not sees_all and query.needs == 'bucket' and has_parts -%}
{{ query.name }} as (

    with {% if not sees_all and has_total -%}
    changed as (

        select entity_key
        from changed_totals
        where metric_name = '{{ query.name }}'

    ),

    {% endif -%}
    -- In a tail what the buckets that are made anew can see, and all of the entities whose totals are.
    seen_events as (

        select entity_events.*
        from {{ 'recent_events' if sees_recent else events }} as entity_events
        where
            entity_events.event_type in ('{{ query.event_types | join("', '") }}')
            and entity_events.sender_class_key in ({{ query.class_keys | join(', ') }})
            {{ 'and entity_events.day >= ' ~ (metric_reach() if sees_recent and has_total else reach) if not sees_all }}
            and {{ metric_part('entity_events.entity_key', has_parts) }}
        {%- if not sees_all and has_total %}

        union all

        select entity_events.*
        from {{ 'earlier_events' if sees_recent else events }} as entity_events
        inner join changed
            on changed.entity_key = entity_events.entity_key
        where
            entity_events.event_type in ('{{ query.event_types | join("', '") }}')
            and entity_events.sender_class_key in ({{ query.class_keys | join(', ') }})
            and entity_events.day < {{ metric_reach() if sees_recent else reach }}
            and {{ metric_part('entity_events.entity_key', has_parts) }}
        {%- endif %}

    ),

    events as (

        select
            seen.entity_key,
            seen.event_type,
            seen.user_key,
            seen.day,
            {{ days_between("cast('1970-01-01' as date)", 'seen.day') }} as day_number,
            seen.amount,
            {{ metric_user_class('seen.sender_class_key') }} as user_class,
            {%- if 'affiliation' in query.sql %}
            {{ metric_affiliation() }},
            {%- endif %}
        from seen_events as seen
        {{ metric_affiliation_of('seen') if 'affiliation' in query.sql }}

    ),

    items as (

        select entity_items.*
        from {{ items }} as entity_items
        {%- if not sees_all and has_total %}
        left join changed
            on changed.entity_key = entity_items.entity_key
        {%- endif %}
        where
            entity_items.sender_class_key in ({{ query.class_keys | join(', ') }})
            and {{ metric_part('entity_items.entity_key', has_parts) }}
            {%- if not sees_all %}
            and (
                entity_items.opened_day >= {{ reach }}
                or entity_items.responded_day >= {{ reach }}
                or entity_items.merged_day >= {{ reach }}
                or entity_items.closed_day >= {{ reach }}
                {{ 'or changed.entity_key is not null' if has_total }}
            )
            {%- endif %}

    ),

    bucket_days as (

        select * from all_bucket_days
        where grain in ('{{ query.grains | join("', '") }}')

    ),

    result as (

        {{ query.sql }}

    )

    select * from result
    where {{ metric_part('result.entity_key', has_parts) }}

),

{% endfor -%}

results as (

    {% for query in queries -%}
    select
        '{{ query.name }}' as metric_name,
        entity_key,
        bucket_key,
        amount,
    from {{ query.name }}

    union all

    {% endfor -%}
    select
        metric_name,
        metric_key as entity_key,
        metric_key as bucket_key,
        0 as amount,
    from definitions
    where false

),

final as (

    select
        definitions.metric_key,
        results.entity_key,
        buckets.grain,
        buckets.bucket as start_date,
        buckets.bucket as end_date,
        cast(results.amount as double) as amount,
    from results
    inner join definitions
        on definitions.metric_name = results.metric_name
    inner join buckets
        on buckets.bucket_key = results.bucket_key
    {%- if from %}
    left join changed_totals
        on
            changed_totals.metric_key = definitions.metric_key
            and changed_totals.entity_key = results.entity_key
    {%- endif %}
    where
        (results.amount <> 0 or not definitions.is_zero_if_absent)
        {%- if from %}
        and (buckets.grain <> 'all' or not definitions.has_lasting_totals or changed_totals.entity_key is not null)
        {%- endif %}

)

select * from final
{{ laid_out_by(['end_date']) }}
