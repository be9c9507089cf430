with source as (

    select * from {{ source('raw', 'oss_directory__projects') }}

),

final as (

    select
        project_name,
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
