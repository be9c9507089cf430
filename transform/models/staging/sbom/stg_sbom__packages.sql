with source as (

    select * from {{ source('raw', 'sbom__packages') }}

),

final as (

    select
        document_id,
        element_id,
        component_name,
        component_version,
        purl,
        package_source,
        package_name,
        package_version,
        license,
        scope,
        depth,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
