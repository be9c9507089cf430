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

-- Days on which something may change: a window starts, a marked day starts, a marked day is over.
points as (

    select
        artifact_id,
        event_type,
        start_date as point_date,
        event_source,
        basis,
        expected_per_day,
        seen_per_day,
        0 as value_mark,
        0 as lost_hours
    from windows
    union all
    select
        artifact_id,
        event_type,
        day as point_date,
        cast(null as varchar) as event_source,
        cast(null as varchar) as basis,
        cast(null as bigint) as expected_per_day,
        cast(null as bigint) as seen_per_day,
        value_mark,
        lost_hours
    from marks
    union all
    select
        artifact_id,
        event_type,
        {{ add_days('day', 1) }} as point_date,
        cast(null as varchar) as event_source,
        cast(null as varchar) as basis,
        cast(null as bigint) as expected_per_day,
        cast(null as bigint) as seen_per_day,
        0 as value_mark,
        0 as lost_hours
    from marks
    where day < {{ as_of() }}

),

distinct_points as (

    select
        artifact_id,
        event_type,
        point_date,
        max(event_source) as event_source,
        max(basis) as basis,
        max(expected_per_day) as expected_per_day,
        max(seen_per_day) as seen_per_day,
        max(value_mark) as value_mark,
        max(lost_hours) as lost_hours
    from points
    group by
        artifact_id,
        event_type,
        point_date

),

segments as (

    select
        artifact_id,
        event_type,
        point_date as start_date,
        coalesce(
            {{ add_days('lead(point_date) over (partition by artifact_id, event_type order by point_date)', -1) }},
            {{ as_of() }}
        ) as end_date,
        last_value(event_source ignore nulls) over (
            partition by artifact_id, event_type
            order by point_date
            rows between unbounded preceding and current row
        ) as event_source,
        last_value(basis ignore nulls) over (
            partition by artifact_id, event_type
            order by point_date
            rows between unbounded preceding and current row
        ) as basis,
        last_value(expected_per_day ignore nulls) over (
            partition by artifact_id, event_type
            order by point_date
            rows between unbounded preceding and current row
        ) as expected_per_day,
        last_value(seen_per_day ignore nulls) over (
            partition by artifact_id, event_type
            order by point_date
            rows between unbounded preceding and current row
        ) as window_seen_per_day,
        value_mark,
        lost_hours
    from distinct_points

),

seen as (

    select
        artifact_id,
        event_type,
        start_date,
        end_date,
        event_source,
        basis,
        expected_per_day,
        case
            when event_type = 'STAR_COUNT' then value_mark
            else greatest(window_seen_per_day - lost_hours, 0)
        end as seen_per_day,
        value_mark = 1 as has_value
    from segments
    where basis is not null

),

judged as (

    select
        *,
        case
            when has_value then 'value'
            when seen_per_day >= expected_per_day then 'zero'
            else 'unknown'
        end as state
    from seen

),

compared as (

    select
        *,
        case
            when
                lag(state) over (partition by artifact_id, event_type order by start_date) = state
                and lag(basis) over (partition by artifact_id, event_type order by start_date) = basis
                and lag(expected_per_day) over (partition by artifact_id, event_type order by start_date)
                = expected_per_day
                and lag(seen_per_day) over (partition by artifact_id, event_type order by start_date) = seen_per_day
                then 0
            else 1
        end as is_new_run
    from judged

),

runs as (

    select
        *,
        sum(is_new_run) over (
            partition by artifact_id, event_type
            order by start_date
            rows between unbounded preceding and current row
        ) as run_number
    from compared

),

spans as (

    select
        artifact_id,
        event_source,
        event_type,
        min(start_date) as start_date,
        max(end_date) as end_date,
        expected_per_day,
        seen_per_day,
        state,
        basis
    from runs
    group by
        artifact_id,
        event_source,
        event_type,
        run_number,
        expected_per_day,
        seen_per_day,
        state,
        basis

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
