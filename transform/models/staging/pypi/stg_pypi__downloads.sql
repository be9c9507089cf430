with source as (

    select * from {{ source('raw', 'pypi__downloads') }}

),

final as (

    select
        package as package_name,
        {{ adapter.quote('date') }} as download_date,
        downloads as download_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
