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

histogram as (

    select
        'day' as grain,
        event_set_key,
        entity_key,
        day as bucket,
        1 as active_day_count,
        day_position = 1 as has_first_day,
        count(*) as user_count,
    from numbered_days
    group by
        event_set_key,
        entity_key,
        day,
        day_position = 1
    {% for grain in ['week', 'month', 'quarter', 'year', 'all'] %}
    union all

    select
        '{{ grain }}' as grain,
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
    {% endfor %}
),

calendar_runs as (

    select
        metric_grains.metric_key,
        histogram.entity_key,
        histogram.grain,
        histogram.bucket as start_date,
        histogram.bucket as end_date,
        sum(histogram.user_count) as amount,
    from histogram
    inner join metric_grains
        on
            metric_grains.event_set_key = histogram.event_set_key
            and metric_grains.grain = histogram.grain
    where
        (histogram.has_first_day or not metric_grains.is_first_only)
        and histogram.active_day_count >= coalesce(metric_grains.at_least, 1)
        and (metric_grains.fewer_than is null or histogram.active_day_count < metric_grains.fewer_than)
    group by
        metric_grains.metric_key,
        histogram.entity_key,
        histogram.grain,
        histogram.bucket

),

-- Rolling windows: somebody reaches n active days in the window that ends on t exactly if the n-th most recent
-- active day up to t lies in it. So each active day d_i opens the interval [d_i, d_(i-n+1) + length - 1]. Starts and
-- ends both grow with i, therefore an interval touches another one only if it touches its neighbour.
thresholds as (

    select distinct
        event_set_key,
        is_first_only,
        nominal_days as length,
        at_least as day_count,
    from metric_grains
    where is_rolling

    union distinct

    select distinct
        event_set_key,
        is_first_only,
        nominal_days as length,
        fewer_than as day_count,
    from metric_grains
    where
        is_rolling
        and fewer_than is not null

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
        anchored_days.event_set_key,
        anchored_days.is_first_only,
        anchored_days.entity_key,
        thresholds.length,
        thresholds.day_count,
        anchored_days.day as start_date,
        {{ add_days('anchored_days.anchor_day', 'thresholds.length') }} as left_date,
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

steps as (

    select
        event_set_key,
        is_first_only,
        entity_key,
        length,
        day_count,
        start_date as day,
        1 as step,
    from intervals
    where not continues_previous

    union all

    select
        event_set_key,
        is_first_only,
        entity_key,
        length,
        day_count,
        left_date as day,
        -1 as step,
    from intervals
    where
        not continues_in_next
        and left_date <= {{ as_of() }}

),

-- At most as many rows as days, whatever the number of people.
entity_steps as (

    select
        event_set_key,
        is_first_only,
        entity_key,
        length,
        day_count,
        day,
        sum(step) as step,
    from steps
    group by
        event_set_key,
        is_first_only,
        entity_key,
        length,
        day_count,
        day

),

-- People between two thresholds are those over the lower less those over the upper one.
metric_thresholds as (

    select
        metric_key,
        event_set_key,
        is_first_only,
        grain,
        nominal_days as length,
        at_least as day_count,
        1 as sign,
    from metric_grains
    where is_rolling

    union all

    select
        metric_key,
        event_set_key,
        is_first_only,
        grain,
        nominal_days as length,
        fewer_than as day_count,
        -1 as sign,
    from metric_grains
    where
        is_rolling
        and fewer_than is not null

),

metric_steps as (

    select
        metric_thresholds.metric_key,
        entity_steps.entity_key,
        metric_thresholds.grain,
        entity_steps.day,
        sum(metric_thresholds.sign * entity_steps.step) as step,
    from entity_steps
    inner join metric_thresholds
        on
            metric_thresholds.event_set_key = entity_steps.event_set_key
            and metric_thresholds.is_first_only = entity_steps.is_first_only
            and metric_thresholds.length = entity_steps.length
            and metric_thresholds.day_count = entity_steps.day_count
    group by
        metric_thresholds.metric_key,
        entity_steps.entity_key,
        metric_thresholds.grain,
        entity_steps.day
    having sum(metric_thresholds.sign * entity_steps.step) <> 0

),

rolling_runs as (

    select
        metric_key,
        entity_key,
        grain,
        day as start_date,
        coalesce(
            {{ add_days('lead(day) over (partition by metric_key, entity_key, grain order by day)', -1) }},
            {{ as_of() }}
        ) as end_date,
        sum(step) over (
            partition by metric_key, entity_key, grain
            order by day
            rows between unbounded preceding and current row
        ) as amount,
    from metric_steps

),

runs as (

    select metric_key, entity_key, grain, start_date, end_date, amount from calendar_runs
    union all
    select metric_key, entity_key, grain, start_date, end_date, amount from rolling_runs

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
    where amount <> 0

)

select * from final
