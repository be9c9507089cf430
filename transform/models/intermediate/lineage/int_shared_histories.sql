with places as (

    select * from {{ ref('int_mined_repositories') }}

),

repositories as (

    select * from {{ ref('int_repositories') }}

),

forge_relations as (

    select * from {{ ref('int_forge_relations') }}

),

followers as (

    select * from {{ ref('int_followers') }}

),

commits as (

    select
        places.artifact_id,
        commits.commit_id,
        commits.committed_at,
        commits.parent_count,
        commits.is_on_default_branch,
        commits.is_on_first_parent
    from {{ ref('stg_git__commits') }} as commits
    inner join places
        on commits.repository_url = places.repository_url

),

-- The root at the end of the first-parent line began the repository; other roots came in with a merged history.
roots as (

    select
        commit_id,
        artifact_id,
        max(case when is_on_first_parent then 1 else 0 end) as main_mark
    from commits
    where
        parent_count = 0
        and is_on_default_branch
    group by
        commit_id,
        artifact_id

),

declared as (

    select
        artifact_id,
        max(case when role = 'fork' then 1 else 0 end) as fork_mark,
        max(case when role = 'mirror' then 1 else 0 end) as mirror_mark
    from forge_relations
    group by artifact_id

),

-- Every repository is compared with one other per root, whoever has it first, and not with all that share it.
ranked_roots as (

    select
        roots.commit_id,
        roots.artifact_id,
        roots.main_mark,
        row_number() over (
            partition by roots.commit_id
            order by
                roots.main_mark desc,
                case when repositories.is_fork or coalesce(declared.fork_mark, 0) = 1 then 1 else 0 end,
                coalesce(declared.mirror_mark, 0),
                case when followers.artifact_id is null then 0 else 1 end,
                repositories.repository_id nulls last,
                repositories.artifact_source,
                repositories.artifact_namespace,
                repositories.artifact_name
        ) as position
    from roots
    inner join repositories
        on roots.artifact_id = repositories.artifact_id
    left join declared
        on roots.artifact_id = declared.artifact_id
    left join followers
        on roots.artifact_id = followers.artifact_id

),

candidates as (

    select
        ranked_roots.artifact_id,
        origins.artifact_id as related_artifact_id,
        ranked_roots.main_mark,
        origins.main_mark as related_main_mark
    from ranked_roots
    inner join ranked_roots as origins
        on
            ranked_roots.commit_id = origins.commit_id
            and origins.position = 1
    where ranked_roots.position > 1
    union all
    select
        artifact_id,
        related_artifact_id,
        1 as main_mark,
        1 as related_main_mark
    from forge_relations

),

pairs as (

    select
        artifact_id,
        related_artifact_id,
        max(main_mark) as main_mark,
        max(related_main_mark) as related_main_mark
    from candidates
    group by
        artifact_id,
        related_artifact_id

),

last_reads as (

    select
        artifact_id,
        max(observed_at) as observed_at,
        min(repository_url) as repository_url
    from places
    group by artifact_id

),

compared as (

    select
        pairs.artifact_id,
        pairs.related_artifact_id,
        pairs.main_mark,
        pairs.related_main_mark,
        greatest(own_reads.observed_at, related_reads.observed_at) as observed_at,
        own_reads.repository_url,
        own.commit_id,
        min(related.commit_id) as related_commit_id,
        -- What is younger than the last look at the other one may be there by now.
        min(case when own.committed_at > related_reads.observed_at then 1 else 0 end) as is_newer
    from pairs
    inner join last_reads as own_reads
        on pairs.artifact_id = own_reads.artifact_id
    inner join last_reads as related_reads
        on pairs.related_artifact_id = related_reads.artifact_id
    inner join commits as own
        on
            pairs.artifact_id = own.artifact_id
            and own.is_on_default_branch
    left join commits as related
        on
            pairs.related_artifact_id = related.artifact_id
            and own.commit_id = related.commit_id
    group by
        pairs.artifact_id,
        pairs.related_artifact_id,
        pairs.main_mark,
        pairs.related_main_mark,
        greatest(own_reads.observed_at, related_reads.observed_at),
        own_reads.repository_url,
        own.commit_id

),

final as (

    select
        artifact_id,
        related_artifact_id,
        main_mark = 1 as is_from_the_start,
        related_main_mark = 1 as is_own_history_of_related,
        repository_url,
        observed_at,
        count(*) as commit_count,
        count(related_commit_id) as shared_commit_count,
        sum(case when related_commit_id is null and is_newer = 0 then 1 else 0 end) as own_commit_count
    from compared
    group by
        artifact_id,
        related_artifact_id,
        main_mark,
        related_main_mark,
        repository_url,
        observed_at

)

select * from final
