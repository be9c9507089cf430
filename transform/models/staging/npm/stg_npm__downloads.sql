with source as (

    select * from {{ source('raw', 'npm__downloads') }}

),

final as (

    select
        lower(package) as package_name,
        day as download_date,
        downloads as download_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
