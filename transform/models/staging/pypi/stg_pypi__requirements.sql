with source as (

    select * from {{ source('raw', 'pypi__requirements') }}

),

final as (

    select
        package as package_name,
        version,
        nullif(requires_python, '') as requires_python,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
