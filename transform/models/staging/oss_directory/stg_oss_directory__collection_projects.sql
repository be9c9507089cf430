with source as (

    select * from {{ source('raw', 'oss_directory__collection_projects') }}

),

final as (

    select
        collection_name,
        project_name,
        position,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
