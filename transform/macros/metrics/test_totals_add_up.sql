{#
    Fails for every metric of kind sum and entity whose calendar buckets do not add up to its total over all time, at
    each grain that the definition lists; a new person is new once, so that first-only counts add up as well.
#}
{% test totals_add_up(model) %}
    with definitions as (

        select * from {{ ref('int_metrics__definitions') }}
        where
            kind = 'sum'
            or (kind = 'distinct' and is_first_only)

    ),

    metric_grains as (

        select
            definitions.metric_key,
            each_grain.grain,
        from definitions
        {{ metric_each('definitions.grains', 'each_grain', 'grain') }}
        where each_grain.grain in ('{{ (metric_calendar_grains() + ['all']) | join("', '") }}')

    ),

    totals as (

        select
            metric_key,
            entity_key,
            grain,
            sum(amount) as amount,
        from {{ model }}
        where grain in ('{{ (metric_calendar_grains() + ['all']) | join("', '") }}')
        group by
            metric_key,
            entity_key,
            grain

    ),

    entities as (

        select distinct
            metric_key,
            entity_key,
        from totals

    ),

    wanted as (

        select
            entities.metric_key,
            entities.entity_key,
            coalesce(totals.amount, 0) as amount,
        from entities
        inner join metric_grains
            on metric_grains.metric_key = entities.metric_key
        left join totals
            on
                totals.metric_key = entities.metric_key
                and totals.entity_key = entities.entity_key
                and totals.grain = metric_grains.grain

    )

    select
        metric_key,
        entity_key,
        min(amount) as smallest_total,
        max(amount) as largest_total,
    from wanted
    group by
        metric_key,
        entity_key
    having max(amount) - min(amount) > 1e-9 * greatest(1, abs(max(amount)))
{% endtest %}
