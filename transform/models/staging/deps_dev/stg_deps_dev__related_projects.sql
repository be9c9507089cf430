with source as (

    select * from {{ source('raw', 'deps_dev__details') }}

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
        {{ json_text('item', 'projectKey.id') }} as project_key,
        {{ json_text('item', 'relationProvenance') }} as provenance,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_item_rows('named', 'relatedProjects', 'item', 'relatedProjects is not null') }}
    where {{ json_text('item', 'relationType') }} = 'SOURCE_REPO'

)

select * from final
