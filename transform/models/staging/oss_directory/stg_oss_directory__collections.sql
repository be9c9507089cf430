with source as (

    select * from {{ source('raw', 'oss_directory__collections') }}

),

final as (

    select
        collection_name,
        display_name,
        description,
        version as schema_version,
        path,
        commit_id,
        committed_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
