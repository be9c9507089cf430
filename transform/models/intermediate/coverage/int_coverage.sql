with windows as (

    select * from {{ ref('int_coverage_windows') }}

),

day_values as (

    select
        to_artifact_id as artifact_id,
        event_type,
        bucket_day as day,
        max(case when amount is not null then 1 else 0 end) as value_mark,
        0 as lost_hours
    from {{ ref('int_events_daily') }}
    group by
        to_artifact_id,
        event_type,
        bucket_day

),

-- An hour with a push of unlisted commits is an hour whose commits were not seen.
lost_hours as (

    select
        to_artifact_id as artifact_id,
        'COMMIT_CODE' as event_type,
        {{ day_of('created_at') }} as day,
        0 as value_mark,
        count(distinct {{ hour_of('created_at') }}) as lost_hours
    from {{ ref('int_pushes') }}
    where
        is_incomplete
        and {{ day_of('created_at') }} <= {{ as_of() }}
    group by
        to_artifact_id,
        {{ day_of('created_at') }}

),

marks as (

    select
        artifact_id,
        event_type,
        day,
        max(value_mark) as value_mark,
        max(lost_hours) as lost_hours
    from (
        select * from day_values
        union all
        select * from lost_hours
    ) as marked
    group by
        artifact_id,
        event_type,
        day

),

-- The source is the same in all windows of an artifact and event type; the basis and what is expected may change.
marked_pairs as (

    select
        pairs.artifact_id,
        pairs.event_type,
        pairs.event_source,
        row_number() over (order by pairs.artifact_id, pairs.event_type) as pair_key
    from (
        select
            windows.artifact_id,
            windows.event_type,
            min(windows.event_source) as event_source
        from windows
        inner join (
            select distinct
                artifact_id,
                event_type
            from marks
        ) as marked
            on
                windows.artifact_id = marked.artifact_id
                and windows.event_type = marked.event_type
        group by
            windows.artifact_id,
            windows.event_type
    ) as pairs

),

-- Where nothing ever happened, a window is a run as it stands.
silent_spans as (

    select
        windows.artifact_id,
        windows.event_source,
        windows.event_type,
        windows.start_date,
        windows.end_date,
        windows.expected_per_day,
        windows.seen_per_day,
        case
            when windows.seen_per_day >= windows.expected_per_day then 'zero'
            else 'unknown'
        end as state,
        windows.basis
    from windows
    left join marked_pairs
        on
            windows.artifact_id = marked_pairs.artifact_id
            and windows.event_type = marked_pairs.event_type
    where marked_pairs.pair_key is null

),

keyed_marks as (

    select
        marked_pairs.pair_key,
        marks.day,
        marks.value_mark,
        marks.lost_hours
    from marks
    inner join marked_pairs
        on
            marks.artifact_id = marked_pairs.artifact_id
            and marks.event_type = marked_pairs.event_type

),

-- Days on which something may change: a window starts, a marked day starts, a marked day is over.
points as (

    select
        marked_pairs.pair_key,
        windows.start_date as point_date,
        windows.seen_per_day,
        windows.expected_per_day,
        windows.basis,
        0 as value_mark,
        0 as lost_hours
    from windows
    inner join marked_pairs
        on
            windows.artifact_id = marked_pairs.artifact_id
            and windows.event_type = marked_pairs.event_type
    union all
    select
        pair_key,
        day as point_date,
        cast(null as bigint) as seen_per_day,
        cast(null as bigint) as expected_per_day,
        cast(null as varchar) as basis,
        value_mark,
        lost_hours
    from keyed_marks
    union all
    select
        pair_key,
        {{ add_days('day', 1) }} as point_date,
        cast(null as bigint) as seen_per_day,
        cast(null as bigint) as expected_per_day,
        cast(null as varchar) as basis,
        0 as value_mark,
        0 as lost_hours
    from keyed_marks
    where day < {{ as_of() }}

),

distinct_points as (

    select
        pair_key,
        point_date,
        max(seen_per_day) as seen_per_day,
        max(expected_per_day) as expected_per_day,
        max(basis) as basis,
        max(value_mark) as value_mark,
        max(lost_hours) as lost_hours
    from points
    group by
        pair_key,
        point_date

),

segments as (

    select
        pair_key,
        point_date as start_date,
        coalesce(
            {{ add_days('lead(point_date) over (partition by pair_key order by point_date)', -1) }},
            {{ as_of() }}
        ) as end_date,
        {{ metric_last_known('seen_per_day', 'pair_key', 'point_date') }} as window_seen_per_day,
        {{ metric_last_known('expected_per_day', 'pair_key', 'point_date') }} as expected_per_day,
        {{ metric_last_known('basis', 'pair_key', 'point_date') }} as basis,
        value_mark,
        lost_hours
    from distinct_points

),

judged as (

    select
        segments.pair_key,
        segments.start_date,
        segments.end_date,
        segments.expected_per_day,
        segments.basis,
        case
            when
                marked_pairs.event_type in ('STAR_COUNT', 'FORK_COUNT', 'WATCHER_COUNT', 'DEPENDENT_COUNT')
                then segments.value_mark
            when marked_pairs.event_source = 'DEFILLAMA' then segments.value_mark
            else greatest(segments.window_seen_per_day - segments.lost_hours, 0)
        end as seen_per_day,
        case
            when segments.value_mark = 1 then 'value'
            when segments.window_seen_per_day - segments.lost_hours >= segments.expected_per_day then 'zero'
            else 'unknown'
        end as state
    from segments
    inner join marked_pairs
        on segments.pair_key = marked_pairs.pair_key
    where segments.window_seen_per_day is not null

),

compared as (

    select
        *,
        case
            when
                lag(state) over (partition by pair_key order by start_date) = state
                and lag(seen_per_day) over (partition by pair_key order by start_date) = seen_per_day
                and lag(basis) over (partition by pair_key order by start_date) = basis
                then 0
            else 1
        end as is_new_run
    from judged

),

runs as (

    select
        *,
        sum(is_new_run) over (
            partition by pair_key
            order by start_date
            rows between unbounded preceding and current row
        ) as run_number
    from compared

),

run_spans as (

    select
        pair_key,
        min(start_date) as start_date,
        max(end_date) as end_date,
        min(expected_per_day) as expected_per_day,
        min(seen_per_day) as seen_per_day,
        min(state) as state,
        min(basis) as basis
    from runs
    group by
        pair_key,
        run_number

),

spans as (

    select
        marked_pairs.artifact_id,
        marked_pairs.event_source,
        marked_pairs.event_type,
        run_spans.start_date,
        run_spans.end_date,
        run_spans.expected_per_day,
        run_spans.seen_per_day,
        run_spans.state,
        run_spans.basis
    from run_spans
    inner join marked_pairs
        on run_spans.pair_key = marked_pairs.pair_key
    union all
    select * from silent_spans

),

final as (

    select
        artifact_id,
        event_source,
        event_type,
        start_date,
        end_date,
        cast(expected_per_day * ({{ days_between('start_date', 'end_date') }} + 1) as bigint) as expected_count,
        cast(seen_per_day * ({{ days_between('start_date', 'end_date') }} + 1) as bigint) as seen_count,
        state,
        basis
    from spans

)

select * from final
