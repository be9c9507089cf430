with dependencies as (

    select * from {{ ref('int_current_dependencies') }}

),

artifacts as (

    select
        artifact_id,
        project_id
    from {{ ref('int_artifacts_by_project') }}

),

final as (

    select
        dependents.project_id as dependent_project_id,
        providers.project_id as dependency_project_id,
        case
            when max(case when dependencies.dependency_use = 'production' then 1 else 0 end) = 1 then 'production'
            when max(case when dependencies.dependency_use = 'unstated' then 1 else 0 end) = 1 then 'unstated'
            else 'development'
        end as dependency_use,
        count(distinct dependencies.dependent_id) as dependent_count,
        count(distinct dependencies.dependency_id) as dependency_count
    from dependencies
    inner join artifacts as dependents
        on dependencies.dependent_id = dependents.artifact_id
    inner join artifacts as providers
        on dependencies.dependency_id = providers.artifact_id
    where dependents.project_id <> providers.project_id
    group by
        dependents.project_id,
        providers.project_id

)

select * from final
