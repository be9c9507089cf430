{%- set key_grains = metric_windows() | list + ['all'] -%}

with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

artifacts as (

    select * from {{ ref('artifacts') }}

),

events as (

    select * from {{ ref('int_events_daily') }}

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

artifact_coverage as (

    select * from {{ ref('int_metrics__artifact_coverage') }}

),

metric_events as (

    select
        definitions.metric_key,
        each_type.event_type,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

metric_sizes as (

    select
        metric_key,
        count(*) as event_type_count,
    from metric_events
    group by metric_key

),

artifact_kinds as (

    select
        artifact_id,
        case
            when artifact_type = 'REPOSITORY' then artifact_type
            else artifact_source || ' ' || artifact_type
        end as artifact_kind,
    from artifacts

),

-- What a source watches of one artifact is expected of all of its kind: stars of repositories, downloads of packages of
-- a registry that counts them.
expected_kinds as (

    select
        artifact_kinds.artifact_kind,
        artifact_coverage.event_type,
    from artifact_coverage
    inner join artifact_kinds
        on artifact_kinds.artifact_id = artifact_coverage.artifact_id
    group by
        artifact_kinds.artifact_kind,
        artifact_coverage.event_type

),

expected_artifacts as (

    select
        artifact_kinds.artifact_id,
        expected_kinds.event_type,
    from artifact_kinds
    inner join expected_kinds
        on expected_kinds.artifact_kind = artifact_kinds.artifact_kind

),

known_days as (

    select
        artifact_id,
        all_covered_from as day,
    from artifact_coverage

    union all

    select
        to_artifact_id as artifact_id,
        min(bucket_day) as day,
    from events
    where bucket_day <= {{ as_of() }}
    group by to_artifact_id

),

first_days as (

    select
        artifact_id,
        min(day) as first_day,
    from known_days
    group by artifact_id

),

members as (

    select
        entity_artifacts.entity_key,
        entity_artifacts.artifact_id,
        expected_artifacts.event_type,
        first_days.first_day,
    from entity_artifacts
    inner join expected_artifacts
        on expected_artifacts.artifact_id = entity_artifacts.artifact_id
    left join first_days
        on first_days.artifact_id = entity_artifacts.artifact_id

),

entity_starts as (

    select
        entity_key,
        event_type,
        count(*) as artifact_count,
        coalesce(min(first_day), {{ as_of() }}) as first_day,
    from members
    group by
        entity_key,
        event_type

),

-- An artifact of which nothing is known is expected for as long as the oldest one of its entity.
entity_sizes as (

    select
        entity_starts.entity_key,
        entity_starts.event_type,
        {% for grain, length in metric_windows().items() -%}
        entity_starts.artifact_count * {{ length }} as {{ grain }}_days,
        {% endfor -%}
        sum(
            {{ days_between('coalesce(members.first_day, entity_starts.first_day)', as_of()) }} + 1
        ) as all_days,
    from entity_starts
    inner join members
        on
            members.entity_key = entity_starts.entity_key
            and members.event_type = entity_starts.event_type
    group by
        entity_starts.entity_key,
        entity_starts.event_type,
        entity_starts.artifact_count

),

entity_coverage as (

    select
        members.entity_key,
        members.event_type,
        {% for grain in key_grains -%}
        sum(artifact_coverage.{{ grain }}_covered_days) as {{ grain }}_covered_days,
        min(artifact_coverage.{{ grain }}_covered_from) as {{ grain }}_covered_from,
        max(artifact_coverage.{{ grain }}_covered_to) as {{ grain }}_covered_to
        {{- ',' if not loop.last }}
        {% endfor -%}
    from members
    inner join artifact_coverage
        on
            artifact_coverage.artifact_id = members.artifact_id
            and artifact_coverage.event_type = members.event_type
    where artifact_coverage.all_covered_days > 0
    group by
        members.entity_key,
        members.event_type

),

-- Where a type of a metric is watched nowhere, its share of the period counts as not seen.
metric_entity_sizes as (

    select
        metric_events.metric_key,
        entity_sizes.entity_key,
        {% for grain in key_grains -%}
        sum(entity_sizes.{{ grain }}_days) * max(metric_sizes.event_type_count) / count(*) as {{ grain }}_days
        {{- ',' if not loop.last }}
        {% endfor -%}
    from entity_sizes
    inner join metric_events
        on metric_events.event_type = entity_sizes.event_type
    inner join metric_sizes
        on metric_sizes.metric_key = metric_events.metric_key
    group by
        metric_events.metric_key,
        entity_sizes.entity_key

),

metric_coverage as (

    select
        metric_events.metric_key,
        entity_coverage.entity_key,
        {% for grain in key_grains -%}
        sum(entity_coverage.{{ grain }}_covered_days) as {{ grain }}_covered_days,
        min(entity_coverage.{{ grain }}_covered_from) as {{ grain }}_covered_from,
        max(entity_coverage.{{ grain }}_covered_to) as {{ grain }}_covered_to
        {{- ',' if not loop.last }}
        {% endfor -%}
    from entity_coverage
    inner join metric_events
        on metric_events.event_type = entity_coverage.event_type
    group by
        metric_events.metric_key,
        entity_coverage.entity_key

),

final as (

    {% for grain in key_grains -%}
    select
        metric_coverage.metric_key,
        metric_coverage.entity_key,
        '{{ grain }}' as grain,
        metric_coverage.{{ grain }}_covered_days / metric_entity_sizes.{{ grain }}_days as coverage_ratio,
        metric_coverage.{{ grain }}_covered_from as covered_from,
        metric_coverage.{{ grain }}_covered_to as covered_to,
    from metric_coverage
    inner join metric_entity_sizes
        on
            metric_entity_sizes.metric_key = metric_coverage.metric_key
            and metric_entity_sizes.entity_key = metric_coverage.entity_key
    where metric_coverage.{{ grain }}_covered_days > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
