{#- What is looked at once more by other means: sums of buckets and of parts. -#}
with runs as (

    select * from {{ ref('int_metrics__runs') }}

),

definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

totals as (

    select count(*) as row_count
    from runs
    inner join definitions
        on definitions.metric_key = runs.metric_key
    where
        runs.grain = 'all'
        and definitions.kind in ('sum', 'distinct')

),

{% set rules = {
    'totals_add_up': (
        'Buckets of a calendar grain add up to the total over all time',
        observer.test_totals_add_up(ref('int_metrics__runs')),
        ['smallest_total', "'to'", 'largest_total'],
    ),
    'parts_fit_whole': (
        'A sum is the sum of its artifacts; people are at least those of the largest one and at most those of all',
        observer.test_parts_fit_whole(ref('int_metrics__runs')),
        ['amount', "'parts'", 'largest_part', 'sum_of_parts'],
    ),
} -%}
{% for name, rule in rules.items() -%}
{{ name }} as (

    {{ rule[1] }}

),

named_{{ name }} as (

    select
        {{ name }}.*,
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id,
    from {{ name }}
    inner join definitions
        on definitions.metric_key = {{ name }}.metric_key
    inner join entities
        on entities.entity_key = {{ name }}.entity_key

),

{% endfor -%}

final as (

    {% for name, rule in rules.items() -%}
    select
        broken.invariant_name,
        broken.description,
        totals.row_count as checked_row_count,
        broken.broken_row_count,
        broken.examples
    from ({{ invariant(name, rule[0], 'named_' ~ name, 'true', ['metric_name', 'entity_type', 'entity_id', "'is'"] + rule[2]) }}) as broken
    cross join totals
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
