with coverage as (

    select * from {{ ref('int_coverage') }}
    where start_date <= {{ as_of() }}

),

runs as (

    select
        artifact_id,
        event_source,
        event_type,
        start_date,
        case when end_date > {{ as_of() }} then {{ as_of() }} else end_date end as end_date,
        -- Decimal, so that sums do not depend on the order of rows.
        cast(
            case
                when coalesce(expected_count, 0) = 0 then case when state = 'unknown' then 0.0 else 1.0 end
                when coalesce(seen_count, 0) >= expected_count then 1.0
                else coalesce(seen_count, 0) * 1.0 / expected_count
            end as decimal(18, 15)
        ) as seen_share,
    from coverage

),

by_source as (

    select
        artifact_id,
        event_source,
        event_type,
        {% for grain, length in metric_windows().items() -%}
        {%- set first_day = add_days(as_of(), 1 - length) %}
        sum(
            case
                when end_date < {{ first_day }} then 0.0
                when start_date < {{ first_day }}
                    then seen_share * ({{ days_between(first_day, 'end_date') }} + 1)
                else seen_share * ({{ days_between('start_date', 'end_date') }} + 1)
            end
        ) as {{ grain }}_covered_days,
        {% endfor -%}
        sum(seen_share * ({{ days_between('start_date', 'end_date') }} + 1)) as all_covered_days,
        min(case when seen_share > 0 then start_date end) as all_covered_from,
        max(case when seen_share > 0 then end_date end) as all_covered_to,
        {% for grain, length in metric_windows().items() -%}
        {%- set first_day = add_days(as_of(), 1 - length) %}
        min(
            case
                when seen_share > 0 and end_date >= {{ first_day }}
                    then case when start_date < {{ first_day }} then {{ first_day }} else start_date end
            end
        ) as {{ grain }}_covered_from,
        max(case when seen_share > 0 and end_date >= {{ first_day }} then end_date end) as {{ grain }}_covered_to
        {{- ',' if not loop.last }}
        {%- endfor %}
    from runs
    group by
        artifact_id,
        event_source,
        event_type

),

-- Of several sources the one that saw most of the window speaks: days are never counted twice.
final as (

    select
        artifact_id,
        event_type,
        {% for grain in ['all'] + metric_windows() | list -%}
        max({{ grain }}_covered_days) as {{ grain }}_covered_days,
        min({{ grain }}_covered_from) as {{ grain }}_covered_from,
        max({{ grain }}_covered_to) as {{ grain }}_covered_to
        {{- ',' if not loop.last }}
        {% endfor -%}
    from by_source
    group by
        artifact_id,
        event_type

)

select * from final
