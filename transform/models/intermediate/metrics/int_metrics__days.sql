{{ config(meta={'reads_itself': true}) }}
{%- set before = load_relation(this) if execute else none -%}

{% if target.type == 'duckdb' -%}
with events as (

    select * from {{ ref('int_events_daily') }}

),

items as (

    select * from {{ ref('int_items') }}

),

event_facts as (

    select
        bucket_day as day,
        fact_hash,
    from events
    where bucket_day <= {{ as_of() }}

),

-- What is known of an issue bears on the day on which it happened and on those after it.
{% for moment in ['opened_at', 'first_response_at', 'merged_at', 'closed_at'] -%}
{{ moment }}_facts as (

    select
        {{ day_of(moment) }} as day,
        {{ row_hash(
            ["'" ~ moment ~ "'", 'to_artifact_id', 'item_kind', 'author_class', 'opened_at', moment]
            + (['is_merged_by_author'] if moment == 'merged_at' else [])
        ) }} as fact_hash,
    from items
    where
        {{ moment }} is not null
        and {{ day_of('opened_at') }} <= {{ as_of() }}

),

{% endfor -%}

facts as (

    select day, fact_hash from event_facts
    {% for moment in ['opened_at', 'first_response_at', 'merged_at', 'closed_at'] -%}
    union all
    select day, fact_hash from {{ moment }}_facts
    {% endfor %}
),

days as (

    select
        day,
        {{ digest_of('fact_hash') }} as digest,
    from facts
    group by day

),

before as (

    {% if before -%}
    select day, digest from {{ before }}
    where digest is not null
    {%- else -%}
    select day, digest from days
    where false
    {%- endif %}

),

final as (

    select
        coalesce(days.day, before.day) as day,
        days.digest,
        before.digest as digest_before,
    from days
    full join before
        on before.day = days.day

)

select * from final
{%- else -%}
{#- Engines without digests of rows make all tables whole. -#}
select
    cast(null as date) as day,
    '' as digest,
    '' as digest_before,
from {{ ref('int_metrics__entities') }}
where false
{%- endif %}
