with source as (

    select * from {{ source('raw', 'deps_dev__dependencies') }}

),

named as (

    select
        *,
        {{ package_source_of_system('system') }} as package_source
    from source

),

final as (

    select distinct
        package_source,
        {{ package_name_of('package_source', 'name') }} as package_name,
        version,
        snapshot_date,
        {{ package_source_of_system(json_text('item', 'versionKey.system')) }} as dependency_source,
        {{ package_name_of(package_source_of_system(json_text('item', 'versionKey.system')), json_text('item', 'versionKey.name')) }} as dependency_name,
        {{ json_text('item', 'versionKey.version') }} as dependency_version,
        {{ json_text('item', 'relation') }} = 'DIRECT' as is_direct,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_item_rows('named', 'nodes', 'item', 'nodes is not null') }}
    where {{ json_text('item', 'relation') }} in ('DIRECT', 'INDIRECT')

)

select * from final
