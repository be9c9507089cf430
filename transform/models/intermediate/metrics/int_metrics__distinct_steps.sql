{{ config(materialized='metric_table', cut='scaffold') }}
-- The large table is named where it is read: an import that is read twice would be held in memory.
-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__events') }}
{% set active_days = ref('int_metrics__day_neighbours') %}

with metric_grains as (

    select * from {{ ref('int_metrics__distinct_grains') }}

),

metric_classes as (

    select * from {{ ref('int_metrics__classes') }}

),

-- Rolling windows: somebody reaches n active days in the window that ends on t exactly if the n-th most recent
-- active day up to t lies in it. So each active day d_i opens the interval [d_i, d_(i-n+1) + length - 1]. Starts and
-- ends both grow with i, therefore an interval touches another one only if it touches its neighbour.
metric_thresholds as (

    select
        metric_grain_key,
        metric_key,
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
        metric_key,
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
        metric_classes.class_key,
        metric_classes.sender_class_key,
        metric_thresholds.sign,
    from thresholds
    inner join metric_thresholds
        on
            metric_thresholds.event_set_key = thresholds.event_set_key
            and metric_thresholds.is_first_only = thresholds.is_first_only
            and metric_thresholds.length = thresholds.length
            and metric_thresholds.day_count = thresholds.day_count
    inner join metric_classes
        on metric_classes.metric_key = metric_thresholds.metric_key

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

-- Few people have as many active days as a threshold asks for.
frequent_days as (

    select active_days.*
    from {{ active_days }} as active_days
    inner join (
        select
            event_set_key,
            min(day_count) as day_count,
        from day_counts
        group by event_set_key
    ) as lowest
        on
            lowest.event_set_key = active_days.event_set_key
            and lowest.day_count <= active_days.day_total
    where {{ metric_part('active_days.entity_key') }}

),

sides as (

    select 1 as side
    union all
    select -1 as side

),

-- One window length after the other, since the counts of all at once would not fit into little memory. Steps stand on
-- days that end a window; an interval between two of these is in no window.
{% for grain, length in metric_windows().items() %}
{{ grain }}_anchored_days as (

    select
        event_set_key,
        entity_key,
        user_key,
        sender_class_key,
        false as is_first_only,
        1 as day_count,
        day,
        next_day,
        day as anchor_day,
        previous_day as day_before_anchor,
    from {{ active_days }}
    where {{ metric_part('entity_key') }}

    union all

    select
        event_set_key,
        entity_key,
        user_key,
        sender_class_key,
        true as is_first_only,
        1 as day_count,
        day,
        cast(null as date) as next_day,
        day as anchor_day,
        cast(null as date) as day_before_anchor,
    from {{ active_days }}
    where
        day_position = 1
        and {{ metric_part('entity_key') }}

    union all

    select
        frequent_days.event_set_key,
        frequent_days.entity_key,
        frequent_days.user_key,
        frequent_days.sender_class_key,
        false as is_first_only,
        day_counts.day_count,
        frequent_days.day,
        frequent_days.next_day,
        anchors.day as anchor_day,
        anchors.previous_day as day_before_anchor,
    from frequent_days
    inner join day_counts
        on
            day_counts.event_set_key = frequent_days.event_set_key
            and day_counts.day_count <= frequent_days.day_position
    inner join frequent_days as anchors
        on
            anchors.event_set_key = frequent_days.event_set_key
            and anchors.entity_key = frequent_days.entity_key
            and anchors.user_key = frequent_days.user_key
            and anchors.day_position = frequent_days.day_position - day_counts.day_count + 1

),

{{ grain }}_intervals as (

    select
        thresholds.threshold_key,
        anchored_days.entity_key,
        anchored_days.sender_class_key,
        {{ metric_window_end_after('anchored_days.day') }} as first_end,
        {{ metric_window_end_after(add_days('anchored_days.anchor_day', length)) }} as end_after,
        coalesce(
            {{ add_days('anchored_days.day_before_anchor', length) }} >= anchored_days.day, false
        ) as continues_previous,
        coalesce(
            {{ add_days('anchored_days.anchor_day', length) }} >= anchored_days.next_day, false
        ) as continues_in_next,
    from {{ grain }}_anchored_days as anchored_days
    inner join thresholds
        on
            thresholds.event_set_key = anchored_days.event_set_key
            and thresholds.is_first_only = anchored_days.is_first_only
            and thresholds.day_count = anchored_days.day_count
    where
        thresholds.length = {{ length }}
        and {{ add_days('anchored_days.anchor_day', length) }} > anchored_days.day

),

{{ grain }}_steps as (

    select
        intervals.threshold_key,
        intervals.entity_key,
        intervals.sender_class_key,
        case when sides.side = 1 then intervals.first_end else intervals.end_after end as day,
        sides.side,
    from {{ grain }}_intervals as intervals
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

{{ grain }}_entity_steps as (

    select
        threshold_signs.metric_grain_key,
        threshold_signs.class_key,
        steps.entity_key,
        steps.day,
        cast(sum(threshold_signs.sign * steps.side) as double) as step,
    from {{ grain }}_steps as steps
    inner join threshold_signs
        on
            threshold_signs.threshold_key = steps.threshold_key
            and threshold_signs.sender_class_key = steps.sender_class_key
    group by
        threshold_signs.metric_grain_key,
        threshold_signs.class_key,
        steps.entity_key,
        steps.day
    having sum(threshold_signs.sign * steps.side) <> 0

),
{% endfor %}

final as (

    {% for grain in metric_windows() -%}
    select metric_grain_key, class_key, entity_key, day, step from {{ grain }}_entity_steps
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
