with snapshots as (

    select * from {{ ref('int_sbom_snapshots') }}

),

dependencies as (

    select * from {{ ref('int_sbom_dependencies') }}

),

artifacts_by_project as (

    select * from {{ ref('int_artifacts_by_project') }}

),

projects as (

    select
        artifact_id,
        {{ value_at_min('project_id', 'project_name') }} as project_id
    from artifacts_by_project
    group by artifact_id

),

final as (

    select
        from_projects.project_id as from_project_id,
        snapshots.artifact_id as from_artifact_id,
        snapshots.artifact_source as from_artifact_source,
        snapshots.artifact_namespace as from_artifact_namespace,
        snapshots.artifact_name as from_artifact_name,
        to_projects.project_id as to_package_project_id,
        dependencies.package_id as to_package_artifact_id,
        dependencies.package_source as to_package_artifact_source,
        {{ package_namespace('dependencies.package_source', 'dependencies.package_name') }} as to_package_artifact_namespace,
        dependencies.package_name as to_package_artifact_name,
        dependencies.package_version as to_package_version,
        dependencies.is_direct,
        dependencies.depth,
        snapshots.created_at as snapshot_at,
        dependencies.record_ref
    from snapshots
    inner join dependencies
        on snapshots.document_id = dependencies.document_id
    left join projects as from_projects
        on snapshots.artifact_id = from_projects.artifact_id
    left join projects as to_projects
        on dependencies.package_id = to_projects.artifact_id
    where snapshots.is_newest

)

select * from final
