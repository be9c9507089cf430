with versions as (

    select * from {{ ref('int_package_versions') }}

),

final as (

    select
        {{ package_id('versions.package_source', 'versions.package_name') }} as package_artifact_id,
        versions.package_source as package_artifact_source,
        {{ package_namespace('versions.package_source', 'versions.package_name') }} as package_artifact_namespace,
        versions.package_name as package_artifact_name,
        versions.version,
        versions.published_at,
        versions.is_withdrawn,
        versions.withdrawal_reason,
        coalesce(versions.file_count, 1) > 0 as has_files,
        cast(versions.file_count as bigint) as file_count,
        cast(versions.size_bytes as bigint) as size_bytes,
        versions.commit_id,
        versions.observed_at,
        versions.record_ref
    from versions

)

select * from final
