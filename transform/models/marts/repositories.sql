{{ config(materialized='table') }}

with artifacts as (

    select * from {{ ref('int_artifacts') }}
    where artifact_type = 'REPOSITORY'

),

mined as (

    select * from {{ ref('int_mined_repositories') }}

),

chosen_copies as (

    select
        artifact_id,
        {{ value_at_max('repository_url', 'observed_at') }} as repository_url
    from mined
    group by artifact_id

),

copies as (

    select mined.*
    from mined
    inner join chosen_copies
        on
            mined.artifact_id = chosen_copies.artifact_id
            and mined.repository_url = chosen_copies.repository_url

),

-- A repository that is nothing but the files of another one.
whole_copies as (

    select distinct artifact_id
    from {{ ref('int_repository_lineage') }}
    where
        role = 'vendored'
        and folder = ''
        and shared_blob_count is not null

),

commit_times as (

    select
        repository_url,
        min(authored_at) as first_commit_at,
        max(committed_at) as last_commit_at
    from {{ ref('stg_git__commits') }}
    where is_on_default_branch
    group by repository_url

),

snapshots as (

    select
        to_artifact_id as artifact_id,
        {{ value_at_max('default_branch', 'created_at') }} as default_branch,
        {{ value_at_max('star_count', 'created_at') }} as star_count,
        {{ value_at_max('fork_count', 'created_at') }} as fork_count,
        max(observed_at) as observed_at
    from {{ ref('int_github_events') }}
    group by to_artifact_id

),

final as (

    select
        artifacts.artifact_id,
        artifacts.artifact_source_id,
        artifacts.artifact_source,
        artifacts.artifact_namespace,
        artifacts.artifact_name,
        artifacts.artifact_url,
        coalesce(copies.default_branch, described.default_branch, snapshots.default_branch) as default_branch,
        repositories.is_fork,
        case
            when repository_order.role <> 'own' then repository_order.role
            when whole_copies.artifact_id is not null then 'vendored'
            else 'own'
        end as role,
        described.parent_name,
        described.license,
        described.primary_language,
        described.is_archived,
        described.created_at,
        cast(coalesce(described.star_count, snapshots.star_count) as bigint) as star_count,
        cast(coalesce(described.fork_count, snapshots.fork_count) as bigint) as fork_count,
        cast(described.watcher_count as bigint) as watcher_count,
        commit_times.first_commit_at,
        commit_times.last_commit_at,
        copies.commit_count,
        coalesce(copies.observed_at, described.observed_at, snapshots.observed_at) as observed_at
    from artifacts
    left join {{ ref('int_repositories') }} as repositories
        on artifacts.artifact_id = repositories.artifact_id
    left join {{ ref('int_repository_order') }} as repository_order
        on artifacts.artifact_id = repository_order.artifact_id
    left join whole_copies
        on artifacts.artifact_id = whole_copies.artifact_id
    left join copies
        on artifacts.artifact_id = copies.artifact_id
    left join commit_times
        on copies.repository_url = commit_times.repository_url
    left join {{ ref('int_forge_repositories') }} as described
        on artifacts.artifact_id = described.artifact_id
    left join snapshots
        on artifacts.artifact_id = snapshots.artifact_id

)

select * from final
