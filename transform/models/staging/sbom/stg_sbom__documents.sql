with source as (

    select * from {{ source('raw', 'sbom__documents') }}

),

final as (

    select
        snapshot_id,
        document_id,
        format,
        spec_version,
        document_name,
        coalesce(created_at, _observed_at) as created_at,
        subject_source,
        subject_namespace,
        subject_name,
        component_count,
        package_count,
        relationship_count,
        file,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
