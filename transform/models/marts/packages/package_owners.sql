with matches as (

    select * from {{ ref('int_package_matches') }}

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
        package_projects.project_id as package_project_id,
        {{ package_id('matches.package_source', 'matches.package_name') }} as package_artifact_id,
        matches.package_source as package_artifact_source,
        {{ package_namespace('matches.package_source', 'matches.package_name') }} as package_artifact_namespace,
        matches.package_name as package_artifact_name,
        owner_projects.project_id as package_owner_project_id,
        matches.artifact_id as package_owner_artifact_id,
        matches.artifact_source as package_owner_source,
        matches.artifact_namespace as package_owner_artifact_namespace,
        matches.artifact_name as package_owner_artifact_name,
        matches.evidence,
        matches.confidence,
        matches.is_best,
        matches.record_ref
    from matches
    left join projects as package_projects
        on matches.package_id = package_projects.artifact_id
    left join projects as owner_projects
        on matches.artifact_id = owner_projects.artifact_id

)

select * from final
