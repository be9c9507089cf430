with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'distinct'

),

events as (

    select * from {{ ref('int_metrics__events') }}

),

grains as (
    {{ metric_grain_rows() }}
),

-- Metrics that count the same events share all the work below until their thresholds are applied.
event_sets as (

    select distinct
        definitions.event_set_key,
        definitions.include_bots,
        each_type.event_type,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}

),

metric_grains as (

    select
        cast(row_number() over (order by definitions.metric_key, each_grain.grain) as integer) as metric_grain_key,
        definitions.metric_key,
        definitions.event_set_key,
        definitions.is_first_only,
        each_grain.grain,
        grains.nominal_days,
        coalesce(grains.is_rolling, false) as is_rolling,
        {{ metric_scaled_days('definitions.min_active_days', 'grains.nominal_days') }} as at_least,
        {{ metric_scaled_days('(definitions.max_active_days + 1)', 'grains.nominal_days') }} as fewer_than,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}
    left join grains
        on grains.grain = each_grain.grain

),

active_days as (

    select distinct
        event_sets.event_set_key,
        events.entity_key,
        events.user_key,
        events.day,
    from events
    inner join event_sets
        on event_sets.event_type = events.event_type
    where
        events.user_key is not null
        and (event_sets.include_bots or not events.is_bot)

),

numbered_days as (

    select
        event_set_key,
        entity_key,
        user_key,
        day,
        row_number() over (partition by event_set_key, entity_key, user_key order by day) as day_position,
        lag(day) over (partition by event_set_key, entity_key, user_key order by day) as previous_day,
        lead(day) over (partition by event_set_key, entity_key, user_key order by day) as next_day,
    from active_days

),

-- Calendar buckets: how many people had so many active days in a bucket, and whether their first ever is in it.
{% set parts = {
    'week': ('numbered_days', 'day'),
    'month': ('numbered_days', 'day'),
    'quarter': ('people_by_month', 'bucket'),
    'year': ('people_by_quarter', 'bucket'),
} %}
{% for grain, (part, column) in parts.items() %}
people_by_{{ grain }} as (

    select
        event_set_key,
        entity_key,
        user_key,
        {{ metric_bucket(grain, column) }} as bucket,
        {% if part == 'numbered_days' -%}
        count(*) as active_day_count,
        min(day_position) as first_position,
        {%- else -%}
        sum(active_day_count) as active_day_count,
        min(first_position) as first_position,
        {%- endif %}
    from {{ part }}
    group by
        event_set_key,
        entity_key,
        user_key,
        {{ metric_bucket(grain, column) }}

),
{% endfor %}

people_by_all as (

    select
        event_set_key,
        entity_key,
        user_key,
        {{ as_of() }} as bucket,
        sum(active_day_count) as active_day_count,
        1 as first_position,
    from people_by_year
    group by
        event_set_key,
        entity_key,
        user_key

),

people_by_day as (

    select
        event_set_key,
        entity_key,
        user_key,
        day as bucket,
        1 as active_day_count,
        day_position as first_position,
    from numbered_days

),

{% for grain in metric_calendar_grains() + ['all'] %}
{{ grain }}_histogram as (

    select
        event_set_key,
        entity_key,
        bucket,
        active_day_count,
        first_position = 1 as has_first_day,
        count(*) as user_count,
    from people_by_{{ grain }}
    group by
        event_set_key,
        entity_key,
        bucket,
        active_day_count,
        first_position = 1

),

{{ grain }}_runs as (

    select
        metric_grains.metric_grain_key,
        histogram.entity_key,
        histogram.bucket as start_date,
        histogram.bucket as end_date,
        sum(histogram.user_count) as amount,
    from {{ grain }}_histogram as histogram
    inner join metric_grains
        on metric_grains.event_set_key = histogram.event_set_key
    where
        metric_grains.grain = '{{ grain }}'
        and (histogram.has_first_day or not metric_grains.is_first_only)
        and histogram.active_day_count >= coalesce(metric_grains.at_least, 1)
        and (metric_grains.fewer_than is null or histogram.active_day_count < metric_grains.fewer_than)
    group by
        metric_grains.metric_grain_key,
        histogram.entity_key,
        histogram.bucket

),
{% endfor %}

-- Rolling windows: somebody reaches n active days in the window that ends on t exactly if the n-th most recent
-- active day up to t lies in it. So each active day d_i opens the interval [d_i, d_(i-n+1) + length - 1]. Starts and
-- ends both grow with i, therefore an interval touches another one only if it touches its neighbour.
metric_thresholds as (

    select
        metric_grain_key,
        event_set_key,
        is_first_only,
        nominal_days as length,
        at_least as day_count,
        1 as sign,
    from metric_grains
    where is_rolling

    union all

    -- People between two thresholds are those over the lower less those over the upper one.
    select
        metric_grain_key,
        event_set_key,
        is_first_only,
        nominal_days as length,
        fewer_than as day_count,
        -1 as sign,
    from metric_grains
    where
        is_rolling
        and fewer_than is not null

),

thresholds as (

    select
        cast(
            row_number() over (order by event_set_key, is_first_only, length, day_count) as integer
        ) as threshold_key,
        event_set_key,
        is_first_only,
        length,
        day_count,
    from metric_thresholds
    group by
        event_set_key,
        is_first_only,
        length,
        day_count

),

threshold_signs as (

    select
        thresholds.threshold_key,
        metric_thresholds.metric_grain_key,
        metric_thresholds.sign,
    from thresholds
    inner join metric_thresholds
        on
            metric_thresholds.event_set_key = thresholds.event_set_key
            and metric_thresholds.is_first_only = thresholds.is_first_only
            and metric_thresholds.length = thresholds.length
            and metric_thresholds.day_count = thresholds.day_count

),

day_counts as (

    select distinct
        event_set_key,
        day_count,
    from thresholds
    where
        not is_first_only
        and day_count > 1

),

anchored_days as (

    select
        event_set_key,
        entity_key,
        user_key,
        false as is_first_only,
        1 as day_count,
        day,
        next_day,
        day as anchor_day,
        previous_day as day_before_anchor,
    from numbered_days

    union all

    select
        event_set_key,
        entity_key,
        user_key,
        true as is_first_only,
        1 as day_count,
        day,
        cast(null as date) as next_day,
        day as anchor_day,
        cast(null as date) as day_before_anchor,
    from numbered_days
    where day_position = 1

    union all

    select
        numbered_days.event_set_key,
        numbered_days.entity_key,
        numbered_days.user_key,
        false as is_first_only,
        day_counts.day_count,
        numbered_days.day,
        numbered_days.next_day,
        anchors.day as anchor_day,
        anchors.previous_day as day_before_anchor,
    from numbered_days
    inner join day_counts
        on
            day_counts.event_set_key = numbered_days.event_set_key
            and day_counts.day_count <= numbered_days.day_position
    inner join numbered_days as anchors
        on
            anchors.event_set_key = numbered_days.event_set_key
            and anchors.entity_key = numbered_days.entity_key
            and anchors.user_key = numbered_days.user_key
            and anchors.day_position = numbered_days.day_position - day_counts.day_count + 1

),

intervals as (

    select
        thresholds.threshold_key,
        anchored_days.entity_key,
        {{ metric_window_end_after('anchored_days.day') }} as first_end,
        {{ metric_window_end_after(add_days('anchored_days.anchor_day', 'thresholds.length')) }} as end_after,
        coalesce(
            {{ add_days('anchored_days.day_before_anchor', 'thresholds.length') }} >= anchored_days.day, false
        ) as continues_previous,
        coalesce(
            {{ add_days('anchored_days.anchor_day', 'thresholds.length') }} >= anchored_days.next_day, false
        ) as continues_in_next,
    from anchored_days
    inner join thresholds
        on
            thresholds.event_set_key = anchored_days.event_set_key
            and thresholds.is_first_only = anchored_days.is_first_only
            and thresholds.day_count = anchored_days.day_count
    where {{ add_days('anchored_days.anchor_day', 'thresholds.length') }} > anchored_days.day

),

-- Steps stand on days that end a window; an interval between two of them is in no window.
sides as (

    select 1 as side
    union all
    select -1 as side

),

steps as (

    select
        intervals.threshold_key,
        intervals.entity_key,
        case when sides.side = 1 then intervals.first_end else intervals.end_after end as day,
        sides.side,
    from intervals
    cross join sides
    where
        (
            (sides.side = 1 and not intervals.continues_previous)
            or (sides.side = -1 and not intervals.continues_in_next and intervals.end_after <= {{ as_of() }})
        )
        and (
            intervals.first_end < intervals.end_after
            or intervals.continues_previous
            or intervals.continues_in_next
        )

),

metric_steps as (

    select
        threshold_signs.metric_grain_key,
        steps.entity_key,
        steps.day,
        cast(sum(threshold_signs.sign * steps.side) as double) as step,
    from steps
    inner join threshold_signs
        on threshold_signs.threshold_key = steps.threshold_key
    group by
        threshold_signs.metric_grain_key,
        steps.entity_key,
        steps.day
    having sum(threshold_signs.sign * steps.side) <> 0

),

stretches as (

    select
        metric_grain_key,
        entity_key,
        day as start_date,
        {{ add_days('lead(day) over (partition by metric_grain_key, entity_key order by day)', -1) }} as last_day,
        sum(step) over (
            partition by metric_grain_key, entity_key
            order by day
            rows between unbounded preceding and current row
        ) as amount,
    from metric_steps

),

rolling_runs as (

    select
        metric_grain_key,
        entity_key,
        start_date,
        coalesce({{ metric_window_end_before('last_day') }}, {{ as_of() }}) as end_date,
        amount,
    from stretches

),

runs as (

    {% for grain in metric_calendar_grains() + ['all', 'rolling'] -%}
    select metric_grain_key, entity_key, start_date, end_date, amount from {{ grain }}_runs
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

final as (

    select
        metric_grains.metric_key,
        runs.entity_key,
        metric_grains.grain,
        runs.start_date,
        runs.end_date,
        cast(runs.amount as double) as amount,
    from runs
    inner join metric_grains
        on metric_grains.metric_grain_key = runs.metric_grain_key
    where runs.amount <> 0

)

select * from final
