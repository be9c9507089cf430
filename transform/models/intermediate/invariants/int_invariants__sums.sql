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

person_commits as (

    select
        entities.entity_type,
        entities.entity_id,
        sum(days.amount) as person_commit_count,
    from {{ ref('int_metrics__type_days') }} as days
    inner join entities
        on entities.entity_key = days.entity_key
    where
        days.event_type = 'COMMIT_CODE'
        and days.sender_class_key = {{ metric_user_classes()['person'] }}
        and entities.entity_type <> 'artifact'
    group by
        entities.entity_type,
        entities.entity_id

),

organization_commits as (

    select
        entity_type,
        entity_id,
        sum(commit_count) as organization_commit_count,
    from {{ ref('contributions_by_organization') }}
    group by
        entity_type,
        entity_id

),

organization_sums as (

    select
        person_commits.entity_type,
        person_commits.entity_id,
        person_commits.person_commit_count,
        coalesce(organization_commits.organization_commit_count, 0) as organization_commit_count,
    from person_commits
    left join organization_commits
        on
            organization_commits.entity_type = person_commits.entity_type
            and organization_commits.entity_id = person_commits.entity_id

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
    union all
    {% endfor %}
    {{ invariant(
        'organizations_add_up',
        'The commits of all organizations, of people of none and of those not known are the commits of people',
        'organization_sums',
        'organization_commit_count <> person_commit_count',
        ['entity_type', 'entity_id', 'organization_commit_count', "'of'", 'person_commit_count'],
    ) }}

)

select * from final
