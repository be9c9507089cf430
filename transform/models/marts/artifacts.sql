with source_rows as (

    select * from {{ ref('int_artifacts') }}

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
        legacy_artifact_id
    from source_rows

)

select * from final
