{#
    Fails for every project or collection whose total over all time does not fit those of its artifacts: a sum is the sum of
    the parts; a number of different people is at least the largest part and at most the sum of the parts.
#}
{% test parts_fit_whole(model) %}
    with definitions as (

        select * from {{ ref('int_metrics__definitions') }}
        where
            kind = 'sum'
            or (
                kind = 'distinct'
                and min_active_days = 1
                and max_active_days is null
            )

    ),

    entities as (

        select * from {{ ref('int_metrics__entities') }}

    ),

    entity_artifacts as (

        select * from {{ ref('int_metrics__entity_artifacts') }}

    ),

    totals as (

        select
            runs.metric_key,
            runs.entity_key,
            definitions.kind,
            runs.amount,
        from {{ model }} as runs
        inner join definitions
            on definitions.metric_key = runs.metric_key
        where runs.grain = 'all'

    ),

    artifact_totals as (

        select
            totals.metric_key,
            entities.entity_id as artifact_id,
            totals.amount,
        from totals
        inner join entities
            on entities.entity_key = totals.entity_key
        where entities.entity_type = 'artifact'

    ),

    parts as (

        select
            artifact_totals.metric_key,
            entity_artifacts.entity_key,
            max(artifact_totals.amount) as largest_part,
            sum(artifact_totals.amount) as sum_of_parts,
        from artifact_totals
        inner join entity_artifacts
            on entity_artifacts.artifact_id = artifact_totals.artifact_id
        group by
            artifact_totals.metric_key,
            entity_artifacts.entity_key

    )

    select
        totals.metric_key,
        totals.entity_key,
        totals.amount,
        parts.largest_part,
        parts.sum_of_parts,
    from totals
    left join parts
        on
            parts.metric_key = totals.metric_key
            and parts.entity_key = totals.entity_key
    where
        totals.amount > coalesce(parts.sum_of_parts, 0) + 1e-9 * abs(totals.amount)
        or totals.amount < case totals.kind when 'sum' then parts.sum_of_parts else parts.largest_part end
            - 1e-9 * abs(totals.amount)
{% endtest %}
