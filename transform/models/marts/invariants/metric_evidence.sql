{{ config(materialized='table') }}

with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

events as (

    select * from {{ ref('int_events_daily') }}
    where bucket_day <= {{ as_of() }}

),

capture_rates as (

    select * from {{ ref('int_capture_rates') }}
    where grain <> 'month'

),

artifact_counts as (

    select
        to_artifact_id as artifact_id,
        event_source,
        event_type,
        basis,
        {% for grain, length in metric_windows().items() -%}
        sum(case when bucket_day > {{ add_days(as_of(), -length) }} then event_count else 0 end) as {{ grain }}_count,
        {% endfor -%}
        sum(event_count) as all_count
    from events
    group by
        to_artifact_id,
        event_source,
        event_type,
        basis

),

entity_counts as (

    select
        entity_artifacts.entity_key,
        artifact_counts.event_source,
        artifact_counts.event_type,
        artifact_counts.basis,
        {% for grain in metric_windows() | list + ['all'] -%}
        sum(artifact_counts.{{ grain }}_count) as {{ grain }}_count
        {{- ',' if not loop.last }}
        {% endfor -%}
    from artifact_counts
    inner join {{ ref('int_metrics__entity_artifacts') }} as entity_artifacts
        on entity_artifacts.artifact_id = artifact_counts.artifact_id
    group by
        entity_artifacts.entity_key,
        artifact_counts.event_source,
        artifact_counts.event_type,
        artifact_counts.basis

),

grain_counts as (

    {% for grain in metric_windows() | list + ['all'] -%}
    select
        entity_key,
        event_source,
        event_type,
        basis,
        '{{ grain }}' as grain,
        {{ grain }}_count as event_count
    from entity_counts
    where {{ grain }}_count > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

rated as (

    select
        grain_counts.entity_key,
        grain_counts.event_type,
        grain_counts.basis,
        grain_counts.grain,
        grain_counts.event_count,
        capture_rates.capture_ratio,
        capture_rates.capture_ratio_low,
        capture_rates.capture_ratio_high
    from grain_counts
    left join capture_rates
        on
            capture_rates.event_source = grain_counts.event_source
            and capture_rates.event_type = grain_counts.event_type
            and capture_rates.basis = grain_counts.basis
            and capture_rates.grain = grain_counts.grain

),

metric_events as (

    select
        definitions.metric_key,
        each_type.event_type
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

-- Of several event types the one that is captured worst speaks, since nobody knows which of them was lost.
by_basis as (

    select
        metric_events.metric_key,
        rated.entity_key,
        rated.grain,
        rated.basis,
        sum(rated.event_count) as event_count,
        min(rated.capture_ratio) as capture_ratio,
        min(rated.capture_ratio_low) as capture_ratio_low,
        min(rated.capture_ratio_high) as capture_ratio_high
    from rated
    inner join metric_events
        on metric_events.event_type = rated.event_type
    group by
        metric_events.metric_key,
        rated.entity_key,
        rated.grain,
        rated.basis

),

final as (

    select
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id,
        by_basis.grain,
        by_basis.basis,
        cast(by_basis.event_count as bigint) as event_count,
        by_basis.capture_ratio,
        by_basis.capture_ratio_low,
        by_basis.capture_ratio_high
    from by_basis
    inner join definitions
        on definitions.metric_key = by_basis.metric_key
    inner join entities
        on entities.entity_key = by_basis.entity_key

)

select * from final
