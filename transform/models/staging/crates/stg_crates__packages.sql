with source as (

    select * from {{ source('raw', 'crates__packages') }}

),

final as (

    select
        package as package_name,
        name as display_name,
        description,
        repository as repository_url,
        homepage as homepage_url,
        coalesce(max_stable_version, newest_version) as latest_version,
        created_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
