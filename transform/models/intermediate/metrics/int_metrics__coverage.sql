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

-- Events are expected of repositories, and of whatever else a source claims to watch.
expected_artifacts as (

    select artifact_id
    from artifacts
    where artifact_type = 'REPOSITORY'

    union distinct

    select artifact_id
    from artifact_coverage

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
        count(*) as artifact_count,
        coalesce(min(first_day), {{ as_of() }}) as first_day,
    from members
    group by entity_key

),

-- An artifact of which nothing is known is expected for as long as the oldest one of its entity.
entity_sizes as (

    select
        entity_starts.entity_key,
        {% for grain, length in metric_windows().items() -%}
        entity_starts.artifact_count * {{ length }} as {{ grain }}_days,
        {% endfor -%}
        sum(
            {{ days_between('coalesce(members.first_day, entity_starts.first_day)', as_of()) }} + 1
        ) as all_days,
    from entity_starts
    inner join members
        on members.entity_key = entity_starts.entity_key
    group by
        entity_starts.entity_key,
        entity_starts.artifact_count

),

entity_coverage as (

    select
        members.entity_key,
        artifact_coverage.event_type,
        {% for grain in key_grains -%}
        sum(artifact_coverage.{{ grain }}_covered_days) as {{ grain }}_covered_days,
        min(artifact_coverage.{{ grain }}_covered_from) as {{ grain }}_covered_from,
        max(artifact_coverage.{{ grain }}_covered_to) as {{ grain }}_covered_to
        {{- ',' if not loop.last }}
        {% endfor -%}
    from members
    inner join artifact_coverage
        on artifact_coverage.artifact_id = members.artifact_id
    group by
        members.entity_key,
        artifact_coverage.event_type

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
        metric_coverage.{{ grain }}_covered_days
        / (entity_sizes.{{ grain }}_days * metric_sizes.event_type_count) as coverage_ratio,
        metric_coverage.{{ grain }}_covered_from as covered_from,
        metric_coverage.{{ grain }}_covered_to as covered_to,
    from metric_coverage
    inner join entity_sizes
        on entity_sizes.entity_key = metric_coverage.entity_key
    inner join metric_sizes
        on metric_sizes.metric_key = metric_coverage.metric_key
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
