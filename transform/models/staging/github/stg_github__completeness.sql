with source as (

    select * from {{ source('raw', 'github__completeness') }}

),

final as (

    select
        repository_id,
        full_name,
        complete_from,
        complete_to,
        issues_count,
        pull_requests_count,
        releases_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
