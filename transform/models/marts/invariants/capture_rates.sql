with source_rows as (

    select * from {{ ref('int_capture_rates') }}

),

final as (

    select
        event_source,
        event_type,
        basis,
        reference_basis,
        grain,
        bucket,
        seen_count,
        reference_count,
        common_count,
        capture_ratio,
        capture_ratio_low,
        capture_ratio_high,
        estimated_count,
        estimated_count_low,
        estimated_count_high
    from source_rows

)

select * from final
