with collections as (

    select * from {{ ref('stg_oss_directory__collections') }}

),

final as (

    select
        {{ entity_id(["'OSS_DIRECTORY'", "'oso'", 'collection_name']) }} as collection_id,
        'OSS_DIRECTORY' as collection_source,
        'oso' as collection_namespace,
        collection_name,
        display_name,
        description,
        {{ legacy_id(["'oso'", 'collection_name']) }} as legacy_collection_id,
        record_ref
    from collections

)

select * from final
