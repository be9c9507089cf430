{{ config(materialized='view') }}

with corrections as (

    select * from {{ ref('lineage_corrections') }}

),

aliases as (

    select * from {{ ref('int_repository_aliases') }}

),

final as (

    select
        coalesce(
            own.artifact_id,
            {{ entity_id(['corrections.artifact_source', 'corrections.artifact_namespace', 'corrections.artifact_name']) }}
        ) as artifact_id,
        coalesce(
            related.artifact_id,
            {{ entity_id(['corrections.related_source', 'corrections.related_namespace', 'corrections.related_name']) }}
        ) as related_artifact_id,
        corrections.related_source,
        corrections.related_namespace,
        corrections.related_name,
        corrections.role,
        corrections.decision,
        corrections.since_at,
        corrections.decided_by,
        corrections.decided_at,
        corrections.reason
    from corrections
    left join aliases as own
        on
            corrections.artifact_source = own.artifact_source
            and corrections.artifact_namespace = own.alias_namespace
            and corrections.artifact_name = own.alias_name
    left join aliases as related
        on
            corrections.related_source = related.artifact_source
            and corrections.related_namespace = related.alias_namespace
            and corrections.related_name = related.alias_name

)

select * from final
