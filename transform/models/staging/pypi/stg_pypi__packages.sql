with source as (

    select * from {{ source('raw', 'pypi__packages') }}

),

final as (

    select
        package as package_name,
        name as display_name,
        summary as description,
        coalesce(license_expression, license) as license,
        nullif(home_page, '') as homepage_url,
        project_urls,
        version as latest_version,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
