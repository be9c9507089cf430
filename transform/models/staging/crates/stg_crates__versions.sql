with source as (

    select * from {{ source('raw', 'crates__versions') }}

),

final as (

    select
        package as package_name,
        num as version,
        id as version_id,
        created_at as published_at,
        license,
        crate_size as size_bytes,
        coalesce(yanked, false) as is_yanked,
        yank_message as yanked_reason,
        repository as repository_url,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
