with dependencies as (

    select * from {{ ref('int_project_dependencies') }}

),

members as (

    select * from {{ ref('int_projects_by_collection') }}

),

final as (

    select
        dependents.collection_id,
        dependencies.dependent_project_id,
        dependents.project_name as dependent_project_name,
        dependencies.dependency_project_id,
        providers.project_name as dependency_project_name,
        dependencies.dependency_use,
        dependencies.dependent_count,
        dependencies.dependency_count
    from dependencies
    inner join members as dependents
        on dependencies.dependent_project_id = dependents.project_id
    inner join members as providers
        on
            dependencies.dependency_project_id = providers.project_id
            and dependents.collection_id = providers.collection_id

)

select * from final
