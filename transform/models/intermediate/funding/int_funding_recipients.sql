with funding as (

    select * from {{ ref('int_funding') }}

),

final as (

    select distinct
        to_project_id as artifact_id,
        'OSS_DIRECTORY' as artifact_source,
        'oso' as artifact_namespace,
        to_project_name as artifact_name,
        'PROJECT' as artifact_type,
        to_project_name as project_name
    from funding
    where
        to_project_id is not null
        and to_artifact_id = to_project_id

)

select * from final
