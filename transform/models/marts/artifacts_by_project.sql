with source_rows as (

    select * from {{ ref('int_artifacts_by_project') }}

),

final as (

    select
        artifact_id,
        artifact_source_id,
        artifact_source,
        artifact_namespace,
        artifact_name,
        artifact_type,
        project_id,
        project_source,
        project_namespace,
        project_name
    from source_rows

)

select * from final
