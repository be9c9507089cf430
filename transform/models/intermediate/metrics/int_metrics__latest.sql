{{ config(materialized='metric_table', cut='levels') }}
{%- set from = metric_tail_from() %}

-- Events are named where they are read: an import that is read twice would be held in memory.
{%- set events = ref('int_events_daily') %}
-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__changed_totals') }}
-- depends_on: {{ ref('int_metrics__closed_levels') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'latest'

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

buckets as (

    select * from {{ ref('int_metrics__buckets') }}
    {{ 'where last_day >= ' ~ from if from }}

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
observed_days as (

    select
        to_artifact_id as artifact_id,
        event_type,
        bucket_day as day,
        cast(max(amount) as decimal(38, 9)) as amount,
    from {{ events }}
    where
        event_type in (select event_type from metric_events)
        and amount is not null
        and bucket_day <= {{ as_of() }}
        {{ metric_since('bucket_day') }}
    group by
        to_artifact_id,
        event_type,
        bucket_day

),

{% if from -%}
known_before as (

    select
        artifact_id,
        event_type,
        day,
        amount,
    from {{ ref('int_metrics__closed_levels') }}

    union all

    select
        to_artifact_id as artifact_id,
        event_type,
        bucket_day as day,
        amount,
    from {{ events }}
    where
        event_type in (select event_type from metric_events)
        and amount is not null
        and bucket_day >= {{ metric_open_year(as_of()) }}
        and bucket_day < {{ from }}

),

-- What was last known before the first day that is made anew stands for all that was known before.
days_before as (

    select
        *,
        row_number() over (partition by artifact_id, event_type order by day desc, amount desc) as position,
    from known_before

),

{% endif -%}
days as (

    select
        artifact_id,
        event_type,
        day,
        amount,
    from observed_days
    {%- if from %}

    union all

    select
        artifact_id,
        event_type,
        {{ add_days(from, -1) }} as day,
        cast(amount as decimal(38, 9)) as amount,
    from days_before
    where position = 1
    {%- endif %}

),

observations as (

    select
        metric_events.metric_key,
        days.artifact_id,
        days.event_type,
        days.day,
        days.amount,
    from days
    inner join metric_events
        on metric_events.event_type = days.event_type

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

-- In a tail the run before the first change stands in the table.
made_runs as (

    select
        metric_key,
        entity_key,
        {{ largest_of(['start_date', from]) if from else 'start_date' }} as start_date,
        end_date,
        amount,
    from day_runs
    {%- if from %}
    where
        end_date >= {{ from }}
        and (start_date >= {{ from }} or end_date < {{ as_of() }})
    {%- endif %}

),

-- The value at the end of a day is that of every window that ends on it.
runs as (

    select
        made_runs.metric_key,
        made_runs.entity_key,
        metric_grains.grain,
        made_runs.start_date,
        made_runs.end_date,
        made_runs.amount,
    from made_runs
    inner join metric_grains
        on metric_grains.metric_key = made_runs.metric_key
    where metric_grains.grain = 'day'

    union all

    select
        made_runs.metric_key,
        made_runs.entity_key,
        metric_grains.grain,
        {{ metric_window_end_after('made_runs.start_date') }} as start_date,
        {{ metric_window_end_before('made_runs.end_date') }} as end_date,
        made_runs.amount,
    from made_runs
    inner join metric_grains
        on metric_grains.metric_key = made_runs.metric_key
    where
        metric_grains.grain in ('{{ metric_windows() | join("', '") }}')
        and {{ metric_window_end_after('made_runs.start_date') }} <= made_runs.end_date

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
