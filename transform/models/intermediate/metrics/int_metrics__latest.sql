with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'latest'

),

events as (

    select * from {{ ref('int_events_daily') }}

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

buckets as (

    select * from {{ ref('int_metrics__buckets') }}

),

metric_events as (

    select
        definitions.metric_key,
        each_type.event_type,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

metric_grains as (

    select
        definitions.metric_key,
        each_grain.grain,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}

),

-- Sums of decimals are exact, so that adding and taking away leave nothing behind.
observations as (

    select
        metric_events.metric_key,
        events.to_artifact_id as artifact_id,
        events.event_type,
        events.bucket_day as day,
        cast(max(events.amount) as decimal(38, 9)) as amount,
    from events
    inner join metric_events
        on metric_events.event_type = events.event_type
    where
        events.amount is not null
        and events.bucket_day <= {{ as_of() }}
    group by
        metric_events.metric_key,
        events.to_artifact_id,
        events.event_type,
        events.bucket_day

),

artifact_steps as (

    select
        metric_key,
        artifact_id,
        day,
        amount - coalesce(
            lag(amount) over (partition by metric_key, artifact_id, event_type order by day), 0
        ) as step,
    from observations

),

entity_steps as (

    select
        artifact_steps.metric_key,
        entity_artifacts.entity_key,
        artifact_steps.day,
        sum(artifact_steps.step) as step,
    from artifact_steps
    inner join entity_artifacts
        on entity_artifacts.artifact_id = artifact_steps.artifact_id
    group by
        artifact_steps.metric_key,
        entity_artifacts.entity_key,
        artifact_steps.day

),

-- A known zero is kept here: it differs from not known.
day_runs as (

    select
        metric_key,
        entity_key,
        day as start_date,
        coalesce(
            {{ add_days('lead(day) over (partition by metric_key, entity_key order by day)', -1) }},
            {{ as_of() }}
        ) as end_date,
        sum(step) over (
            partition by metric_key, entity_key
            order by day
            rows between unbounded preceding and current row
        ) as amount,
    from entity_steps

),

-- The value at the end of a day is that of every window that ends on it.
runs as (

    select
        day_runs.metric_key,
        day_runs.entity_key,
        metric_grains.grain,
        day_runs.start_date,
        day_runs.end_date,
        day_runs.amount,
    from day_runs
    inner join metric_grains
        on metric_grains.metric_key = day_runs.metric_key
    where metric_grains.grain = 'day'

    union all

    select
        day_runs.metric_key,
        day_runs.entity_key,
        metric_grains.grain,
        {{ metric_window_end_after('day_runs.start_date') }} as start_date,
        {{ metric_window_end_before('day_runs.end_date') }} as end_date,
        day_runs.amount,
    from day_runs
    inner join metric_grains
        on metric_grains.metric_key = day_runs.metric_key
    where
        metric_grains.grain in ('{{ metric_windows() | join("', '") }}')
        and {{ metric_window_end_after('day_runs.start_date') }} <= day_runs.end_date

    union all

    select
        day_runs.metric_key,
        day_runs.entity_key,
        buckets.grain,
        buckets.bucket as start_date,
        buckets.bucket as end_date,
        day_runs.amount,
    from day_runs
    inner join metric_grains
        on metric_grains.metric_key = day_runs.metric_key
    inner join buckets
        on
            buckets.grain = metric_grains.grain
            and buckets.last_day between day_runs.start_date and day_runs.end_date
    where metric_grains.grain in ('week', 'month', 'quarter', 'year', 'all')

),

final as (

    select
        metric_key,
        entity_key,
        grain,
        start_date,
        end_date,
        cast(amount as double) as amount,
    from runs

)

select * from final
{{ laid_out_by(['end_date']) }}
