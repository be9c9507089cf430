with source as (

    select * from {{ source('raw', 'npm__versions') }}

),

final as (

    select
        lower(name) as package_name,
        version,
        {{ npm_text('license', 'type') }} as license,
        coalesce(deprecated, '') not in ('', 'false') as is_deprecated,
        case when deprecated not in ('', 'false', 'true') then deprecated end as deprecation_reason,
        cast({{ json_text('dist', 'fileCount') }} as bigint) as file_count,
        cast({{ json_text('dist', 'unpackedSize') }} as bigint) as size_bytes,
        {{ npm_text('repository', 'url') }} as repository_url,
        gitHead as commit_id,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
