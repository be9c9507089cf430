with days as (

    select * from {{ ref('int_capture_days') }}

),

months as (

    select
        event_source,
        event_type,
        'month' as grain,
        {{ metric_bucket('month', 'day') }} as bucket,
        sum(archive_count) as archive_count,
        sum(api_count) as api_count,
        sum(common_count) as common_count
    from days
    group by
        event_source,
        event_type,
        {{ metric_bucket('month', 'day') }}

),

{% for grain, length in metric_windows().items() -%}
{{ grain }} as (

    select
        event_source,
        event_type,
        '{{ grain }}' as grain,
        {{ as_of() }} as bucket,
        sum(archive_count) as archive_count,
        sum(api_count) as api_count,
        sum(common_count) as common_count
    from days
    where day > {{ add_days(as_of(), -length) }}
    group by
        event_source,
        event_type

),

{% endfor -%}

totals as (

    select
        event_source,
        event_type,
        'all' as grain,
        {{ as_of() }} as bucket,
        sum(archive_count) as archive_count,
        sum(api_count) as api_count,
        sum(common_count) as common_count
    from days
    group by
        event_source,
        event_type

),

periods as (

    select * from months
    union all
    {% for grain in metric_windows() -%}
    select * from {{ grain }}
    union all
    {% endfor -%}
    select * from totals

),

pairs as (

    select
        event_source,
        event_type,
        'archive' as basis,
        'api' as reference_basis,
        grain,
        bucket,
        cast(archive_count as double) as seen_count,
        cast(api_count as double) as reference_count,
        cast(common_count as double) as common_count
    from periods
    union all
    select
        event_source,
        event_type,
        'api' as basis,
        'archive' as reference_basis,
        grain,
        bucket,
        cast(api_count as double) as seen_count,
        cast(archive_count as double) as reference_count,
        cast(common_count as double) as common_count
    from periods

),

-- Wilson's interval of the share (1927), Chapman's estimate of the total (1951) and its interval by Sadinle's transformed
-- logit (2009), which holds where few were missed. All take losses as independent; where whole repositories or hours are
-- lost together the intervals are too narrow.
measured as (

    select
        *,
        common_count / nullif(reference_count, 0) as capture_ratio,
        1.96 * 1.96 / nullif(reference_count, 0) as correction,
        (seen_count + 1.0) * (reference_count + 1.0) / (common_count + 1.0) - 1.0 as estimated_count,
        seen_count + reference_count - common_count - 0.5 as all_seen,
        (seen_count - common_count + 0.5) * (reference_count - common_count + 0.5) / (common_count + 0.5) as missed,
        1.96 * sqrt(
            1 / (seen_count - common_count + 0.5)
            + 1 / (reference_count - common_count + 0.5)
            + 1 / (common_count + 0.5)
            + (common_count + 0.5) / ((seen_count - common_count + 0.5) * (reference_count - common_count + 0.5))
        ) as margin
    from pairs

),

final as (

    select
        event_source,
        event_type,
        basis,
        reference_basis,
        grain,
        bucket,
        cast(seen_count as bigint) as seen_count,
        cast(reference_count as bigint) as reference_count,
        cast(common_count as bigint) as common_count,
        capture_ratio,
        greatest(
            0.0,
            (capture_ratio + correction / 2 - 1.96 * sqrt(
                capture_ratio * (1 - capture_ratio) / nullif(reference_count, 0)
                + correction / (4 * reference_count)
            )) / (1 + correction)
        ) as capture_ratio_low,
        least(
            1.0,
            (capture_ratio + correction / 2 + 1.96 * sqrt(
                capture_ratio * (1 - capture_ratio) / nullif(reference_count, 0)
                + correction / (4 * reference_count)
            )) / (1 + correction)
        ) as capture_ratio_high,
        cast(estimated_count as double) as estimated_count,
        cast(
            greatest(all_seen + missed * exp(-margin), seen_count + reference_count - common_count) as double
        ) as estimated_count_low,
        cast(all_seen + missed * exp(margin) as double) as estimated_count_high
    from measured

)

select * from final
