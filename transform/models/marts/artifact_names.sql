{{ config(materialized='table') }}

with artifacts as (

    select * from {{ ref('int_artifacts') }}

),

repositories as (

    select * from {{ ref('int_repositories') }}

),

mined as (

    select distinct artifact_id
    from {{ ref('int_mined_repositories') }}

),

names_over_time as (

    select
        artifacts.artifact_id,
        names.repository_namespace as artifact_namespace,
        names.repository_name as artifact_name,
        names.valid_from,
        names.valid_to,
        'archive' as basis
    from artifacts
    inner join repositories
        on artifacts.artifact_id = repositories.artifact_id
    inner join {{ ref('int_repository_names') }} as names
        on repositories.repository_id = names.repository_id

),

names_of_always as (

    select
        artifacts.artifact_id,
        artifacts.artifact_namespace,
        artifacts.artifact_name,
        cast(null as timestamp) as valid_from,
        cast(null as timestamp) as valid_to,
        case when mined.artifact_id is not null then 'git' else 'directory' end as basis
    from artifacts
    left join repositories
        on artifacts.artifact_id = repositories.artifact_id
    left join mined
        on artifacts.artifact_id = mined.artifact_id
    where repositories.repository_id is null

),

final as (

    select * from names_over_time
    union all
    select * from names_of_always

)

select * from final
