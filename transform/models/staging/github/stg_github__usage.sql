with source as (

    select * from {{ source('raw', 'github__usage') }}

),

final as (

    select
        run_id,
        token_label,
        requests,
        rest_requests,
        points,
        remaining,
        forecast_points,
        forecast_requests,
        started_at,
        ended_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
