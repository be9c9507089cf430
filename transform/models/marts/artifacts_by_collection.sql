{{ config(materialized='table') }}

with artifacts_by_project as (

    select * from {{ ref('int_artifacts_by_project') }}

),

projects_by_collection as (

    select * from {{ ref('int_projects_by_collection') }}

),

-- An artifact of two projects of a collection stands in it once.
final as (

    select distinct
        artifacts_by_project.artifact_id,
        artifacts.artifact_source_id,
        artifacts_by_project.artifact_source,
        artifacts_by_project.artifact_namespace,
        artifacts_by_project.artifact_name,
        artifacts.artifact_type,
        projects_by_collection.collection_id,
        projects_by_collection.collection_source,
        projects_by_collection.collection_namespace,
        projects_by_collection.collection_name
    from artifacts_by_project
    inner join {{ ref('int_artifacts') }} as artifacts
        on artifacts_by_project.artifact_id = artifacts.artifact_id
    inner join projects_by_collection
        on artifacts_by_project.project_id = projects_by_collection.project_id

)

select * from final
