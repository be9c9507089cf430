with members as (

    select * from {{ ref('stg_oss_directory__collection_projects') }}

),

projects as (

    select * from {{ ref('int_projects') }}

),

collections as (

    select * from {{ ref('int_collections') }}

),

final as (

    select
        projects.project_id,
        projects.project_source,
        projects.project_namespace,
        projects.project_name,
        collections.collection_id,
        collections.collection_source,
        collections.collection_namespace,
        collections.collection_name
    from members
    inner join projects
        on members.project_name = projects.project_name
    inner join collections
        on members.collection_name = collections.collection_name

)

select * from final
