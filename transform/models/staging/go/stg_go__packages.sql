with source as (

    select * from {{ source('raw', 'go__packages') }}

),

final as (

    select
        lower(package) as package_name,
        package as display_name,
        Version as latest_version,
        {{ json_text('Origin', 'URL') }} as repository_url,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
