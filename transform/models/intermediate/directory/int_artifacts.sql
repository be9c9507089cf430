with artifacts_by_project as (

    select * from {{ ref('int_artifacts_by_project') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by artifact_id
            order by artifact_type, artifact_url, project_name
        ) as choice
    from artifacts_by_project

),

final as (

    select
        artifact_id,
        artifact_source_id,
        artifact_source,
        artifact_namespace,
        artifact_name,
        artifact_url,
        artifact_type,
        case
            when artifact_source_id is not null
                then {{ legacy_id(['artifact_source', 'lower(artifact_source_id)']) }}
        end as legacy_artifact_id
    from ranked
    where choice = 1

)

select * from final
