with repositories as (

    select * from {{ ref('int_repositories') }}

),

listed as (

    select artifact_id
    from {{ ref('int_artifacts') }}

),

corrections as (

    select * from {{ ref('int_lineage_corrections') }}

),

last_reads as (

    select
        artifact_id,
        max(observed_at) as observed_at,
        min(repository_url) as repository_url
    from {{ ref('int_mined_repositories') }}
    group by artifact_id

),

copies as (

    select
        copies.artifact_id,
        copies.related_artifact_id,
        related.artifact_source as related_source,
        related.artifact_namespace as related_namespace,
        related.artifact_name as related_name,
        'vendored' as role,
        copies.folder,
        cast(null as bigint) as shared_commit_count,
        cast(null as bigint) as commit_count,
        copies.shared_blob_count,
        cast(copies.shared_blob_count as varchar) || ' of ' || cast(copies.blob_count as varchar)
        || ' contents below /' || copies.folder || ' equal those below /' || copies.related_folder as evidence,
        'git' as basis,
        0.5 + 0.45 * least(copies.shared_blob_count * 1.0 / nullif(copies.blob_count, 0), 1.0) as confidence,
        'rule shared_contents' as decided_by,
        copies.since_at,
        last_reads.observed_at,
        'git+' || last_reads.repository_url as record_ref
    from {{ ref('int_vendored_copies') }} as copies
    inner join repositories as related
        on copies.related_artifact_id = related.artifact_id
    inner join last_reads
        on copies.artifact_id = last_reads.artifact_id
    left join corrections
        on
            copies.artifact_id = corrections.artifact_id
            and copies.related_artifact_id = corrections.related_artifact_id
            and corrections.role = 'vendored'
    where corrections.artifact_id is null

),

descents as (

    select
        artifact_id,
        related_artifact_id,
        related_source,
        related_namespace,
        related_name,
        role,
        '' as folder,
        shared_commit_count,
        commit_count,
        cast(null as bigint) as shared_blob_count,
        evidence,
        basis,
        confidence,
        decided_by,
        since_at,
        observed_at,
        record_ref
    from {{ ref('int_relations') }}

),

former_names as (

    select
        repositories.artifact_id,
        names.repository_namespace,
        names.repository_name,
        repositories.repository_id,
        max(names.valid_to) as valid_to
    from {{ ref('int_repository_names') }} as names
    inner join repositories
        on names.repository_id = repositories.repository_id
    where
        names.repository_namespace <> repositories.artifact_namespace
        or names.repository_name <> {{ text_part('repositories.artifact_name', '#', 1) }}
    group by
        repositories.artifact_id,
        names.repository_namespace,
        names.repository_name,
        repositories.repository_id

),

renames as (

    select
        artifact_id,
        {{ entity_id(["'GITHUB'", 'repository_namespace', 'repository_name']) }} as related_artifact_id,
        'GITHUB' as related_source,
        repository_namespace as related_namespace,
        repository_name as related_name,
        'renamed' as role,
        '' as folder,
        cast(null as bigint) as shared_commit_count,
        cast(null as bigint) as commit_count,
        cast(null as bigint) as shared_blob_count,
        'the same number ' || cast(repository_id as varchar) || ' under both names' as evidence,
        'archive' as basis,
        1.0 as confidence,
        'rule repository_number' as decided_by,
        valid_to as since_at,
        valid_to as observed_at,
        'github:' || cast(repository_id as varchar) as record_ref
    from former_names

),

unioned as (

    select * from descents
    union all
    select * from copies
    union all
    select * from renames

),

ranked as (

    select
        unioned.*,
        row_number() over (
            partition by unioned.artifact_id, unioned.related_artifact_id, unioned.role, unioned.folder
            order by unioned.confidence desc, unioned.evidence
        ) as choice
    from unioned
    inner join listed
        on unioned.artifact_id = listed.artifact_id

),

final as (

    select
        {{ entity_id(['artifact_id', 'related_artifact_id', 'role', 'folder']) }} as lineage_id,
        artifact_id,
        related_artifact_id,
        related_source,
        related_namespace,
        related_name,
        role,
        folder,
        shared_commit_count,
        cast(shared_commit_count as double) / nullif(commit_count, 0) as commit_share,
        shared_blob_count,
        evidence,
        basis,
        cast(confidence as double) as confidence,
        decided_by,
        since_at,
        observed_at,
        record_ref
    from ranked
    where choice = 1

)

select * from final
