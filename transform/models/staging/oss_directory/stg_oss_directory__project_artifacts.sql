with source as (

    select * from {{ source('raw', 'oss_directory__project_artifacts') }}

),

final as (

    select
        project_name,
        field as directory_field,
        upper(artifact_source) as artifact_source,
        upper(artifact_type) as artifact_type,
        -- Rows of earlier loads have the network of an address here as well.
        case when field = 'blockchain' then '' else lower(artifact_namespace) end as artifact_namespace,
        lower(artifact_name) as artifact_name,
        artifact_url,
        artifact_source_id,
        address_name,
        coalesce(is_owner, false) as is_owner,
        path,
        line,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
