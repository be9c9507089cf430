with dependencies as (

    select * from {{ ref('int_package_dependencies') }}

),

final as (

    select
        {{ package_id('dependencies.package_source', 'dependencies.package_name') }} as package_artifact_id,
        dependencies.package_source as package_artifact_source,
        {{ package_namespace('dependencies.package_source', 'dependencies.package_name') }} as package_artifact_namespace,
        dependencies.package_name as package_artifact_name,
        dependencies.version,
        case
            when dependencies.requirement_kind = 'registry'
                then {{ package_id('dependencies.package_source', 'dependencies.dependency_name') }}
        end as dependency_artifact_id,
        dependencies.dependency_name,
        dependencies.dependency_kind,
        dependencies.listed_name,
        dependencies.requirement,
        dependencies.version_range,
        dependencies.requirement_kind,
        dependencies.is_optional,
        dependencies.is_direct,
        dependencies.record_ref
    from dependencies

)

select * from final
