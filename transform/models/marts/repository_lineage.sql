{{ config(materialized='table') }}

with lineage as (

    select * from {{ ref('int_repository_lineage') }}

),

artifacts as (

    select * from {{ ref('int_artifacts') }}

),

final as (

    select
        lineage.lineage_id,
        lineage.artifact_id,
        artifacts.artifact_source,
        artifacts.artifact_namespace,
        artifacts.artifact_name,
        lineage.related_artifact_id,
        lineage.related_source,
        lineage.related_namespace,
        lineage.related_name,
        lineage.role,
        lineage.folder,
        lineage.shared_commit_count,
        lineage.commit_share,
        lineage.shared_blob_count,
        lineage.evidence,
        lineage.basis,
        lineage.confidence,
        lineage.decided_by,
        lineage.since_at,
        lineage.observed_at,
        lineage.record_ref
    from lineage
    inner join artifacts
        on lineage.artifact_id = artifacts.artifact_id

)

select * from final
