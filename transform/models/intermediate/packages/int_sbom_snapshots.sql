with documents as (

    select * from {{ ref('stg_sbom__documents') }}

),

aliases as (

    select * from {{ ref('int_repository_aliases') }}

),

artifacts as (

    select * from {{ ref('int_artifacts') }}

),

subjects as (

    select
        documents.*,
        case
            when documents.subject_source in ('GITHUB', 'GITLAB', 'BITBUCKET') then coalesce(
                aliases.artifact_id,
                {{ entity_id(['documents.subject_source', 'documents.subject_namespace', 'documents.subject_name']) }}
            )
            else {{ entity_id(['documents.subject_source', 'documents.subject_namespace', 'documents.subject_name']) }}
        end as artifact_id
    from documents
    left join aliases
        on
            documents.subject_source = aliases.artifact_source
            and documents.subject_namespace = aliases.alias_namespace
            and documents.subject_name = aliases.alias_name
    where documents.subject_name is not null

),

final as (

    select
        subjects.snapshot_id,
        subjects.document_id,
        subjects.artifact_id,
        subjects.subject_source as artifact_source,
        coalesce(artifacts.artifact_namespace, subjects.subject_namespace) as artifact_namespace,
        coalesce(artifacts.artifact_name, subjects.subject_name) as artifact_name,
        subjects.created_at,
        row_number() over (
            partition by subjects.artifact_id
            order by subjects.created_at desc, subjects.snapshot_id
        ) = 1 as is_newest,
        subjects.observed_at,
        subjects.record_ref
    from subjects
    left join artifacts
        on subjects.artifact_id = artifacts.artifact_id

)

select * from final
