with source as (

    select * from {{ source('raw', 'npm__packages') }}

),

final as (

    select
        lower(name) as package_name,
        name as display_name,
        description,
        {{ npm_text('license', 'type') }} as license,
        {{ npm_text('repository', 'url') }} as repository_url,
        {{ npm_text('homepage', 'url') }} as homepage_url,
        nullif(latest_version, '') as latest_version,
        {{ cast_or_null(json_text('time', 'created'), 'timestamp') }} as created_at,
        {{ json_part('time', 'unpublished') }} is not null as is_unpublished,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
