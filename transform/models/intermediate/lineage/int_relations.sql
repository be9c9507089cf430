with repositories as (

    select * from {{ ref('int_repositories') }}

),

forge_relations as (

    select * from {{ ref('int_forge_relations') }}

),

histories as (

    select * from {{ ref('int_shared_histories') }}

),

corrections as (

    select * from {{ ref('int_lineage_corrections') }}

),

declared as (

    select
        forge_relations.artifact_id,
        forge_relations.related_artifact_id,
        forge_relations.related_source,
        forge_relations.related_namespace,
        forge_relations.related_name,
        forge_relations.role,
        histories.shared_commit_count,
        histories.commit_count,
        forge_relations.evidence,
        forge_relations.basis,
        1.0 as confidence,
        'rule forge_relation' as decided_by,
        forge_relations.since_at,
        forge_relations.observed_at,
        forge_relations.record_ref
    from forge_relations
    left join histories
        on
            forge_relations.artifact_id = histories.artifact_id
            and forge_relations.related_artifact_id = histories.related_artifact_id

),

declared_forks as (

    select artifact_id
    from forge_relations
    where role = 'fork'

),

by_history as (

    select
        histories.artifact_id,
        histories.related_artifact_id,
        related.artifact_source as related_source,
        related.artifact_namespace as related_namespace,
        related.artifact_name as related_name,
        case
            when not histories.is_own_history_of_related then 'sibling'
            when not histories.is_from_the_start then 'vendored'
            when declared_forks.artifact_id is not null then 'sibling'
            when histories.own_commit_count = 0 then 'mirror'
            else 'fork'
        end as role,
        histories.shared_commit_count,
        histories.commit_count,
        case
            when histories.is_from_the_start then 'the same root commit, '
            else 'a history merged in, '
        end
        || cast(histories.shared_commit_count as varchar) || ' of '
        || cast(histories.commit_count as varchar) || ' commits in common' as evidence,
        'git' as basis,
        case when histories.is_own_history_of_related then 0.95 else 0.8 end as confidence,
        'rule shared_commits' as decided_by,
        cast(null as timestamp) as since_at,
        histories.observed_at,
        'git+' || histories.repository_url as record_ref
    from histories
    inner join repositories as related
        on histories.related_artifact_id = related.artifact_id
    left join declared
        on
            histories.artifact_id = declared.artifact_id
            and histories.related_artifact_id = declared.related_artifact_id
    left join declared_forks
        on histories.artifact_id = declared_forks.artifact_id
    where
        declared.artifact_id is null
        and histories.shared_commit_count > 0

),

by_people as (

    select
        artifact_id,
        related_artifact_id,
        related_source,
        related_namespace,
        related_name,
        role,
        cast(null as bigint) as shared_commit_count,
        cast(null as bigint) as commit_count,
        reason as evidence,
        'correction' as basis,
        1.0 as confidence,
        decided_by,
        since_at,
        decided_at as observed_at,
        'transform/seeds/lineage_corrections.csv' as record_ref
    from corrections
    where decision = 'accept'

),

inferred as (

    select * from declared
    union all
    select * from by_history

),

final as (

    select inferred.*
    from inferred
    left join corrections
        on
            inferred.artifact_id = corrections.artifact_id
            and inferred.related_artifact_id = corrections.related_artifact_id
            and inferred.role = corrections.role
    where corrections.artifact_id is null
    union all
    select * from by_people

)

select * from final
