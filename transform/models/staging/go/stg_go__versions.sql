with source as (

    select * from {{ source('raw', 'go__versions') }}

),

final as (

    select
        lower(package) as package_name,
        Version as version,
        {{ adapter.quote('Time') }} as published_at,
        {{ json_text('Origin', 'URL') }} as repository_url,
        {{ json_text('Origin', 'Hash') }} as commit_id,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
