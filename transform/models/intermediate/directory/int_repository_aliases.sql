with names as (

    select * from {{ ref('int_repository_names') }}

),

repositories as (

    select * from {{ ref('int_repositories') }}

),

final as (

    select
        'GITHUB' as artifact_source,
        names.repository_namespace as alias_namespace,
        names.repository_name as alias_name,
        repositories.artifact_id
    from names
    inner join repositories
        on names.repository_id = repositories.repository_id
    where names.is_latest_holder
    union all
    select
        artifact_source,
        artifact_namespace as alias_namespace,
        artifact_name as alias_name,
        artifact_id
    from repositories
    where repository_id is null

)

select * from final
