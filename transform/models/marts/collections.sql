with source_rows as (

    select * from {{ ref('int_collections') }}

),

final as (

    select
        collection_id,
        collection_source,
        collection_namespace,
        collection_name,
        display_name,
        description,
        legacy_collection_id,
        record_ref
    from source_rows

)

select * from final
