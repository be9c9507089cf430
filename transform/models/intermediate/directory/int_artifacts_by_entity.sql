with artifacts_by_project as (

    select * from {{ ref('int_artifacts_by_project') }}

),

projects_by_collection as (

    select * from {{ ref('int_projects_by_collection') }}

),

final as (

    select distinct
        'artifact' as entity_type,
        artifact_id as entity_id,
        artifact_id
    from artifacts_by_project
    union all
    select
        'project' as entity_type,
        project_id as entity_id,
        artifact_id
    from artifacts_by_project
    union all
    select distinct
        'collection' as entity_type,
        projects_by_collection.collection_id as entity_id,
        artifacts_by_project.artifact_id
    from projects_by_collection
    inner join artifacts_by_project
        on projects_by_collection.project_id = artifacts_by_project.project_id

)

select * from final
