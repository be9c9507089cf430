with repositories as (

    select
        repositories.repository_id,
        repositories.artifact_id
    from {{ ref('int_repositories') }} as repositories
    inner join {{ ref('int_artifacts') }} as artifacts
        on repositories.artifact_id = artifacts.artifact_id
    where
        repositories.artifact_source = 'GITHUB'
        and repositories.repository_id is not null

),

projects as (

    select
        projects.project_id,
        projects.artifact_id,
        projects.artifact_source,
        projects.host_prefix
    from {{ ref('int_gitlab_projects') }} as projects
    inner join {{ ref('int_artifacts') }} as artifacts
        on projects.artifact_id = artifacts.artifact_id

),

github_items as (

    select
        repository_id,
        'issue' as item_kind,
        number,
        id as item_id,
        state,
        author_id,
        author_login,
        created_at,
        updated_at,
        closed_at,
        cast(null as timestamp) as merged_at,
        cast(null as bigint) as merged_by_id,
        cast(null as varchar) as merged_by_login,
        comments_count as comment_count,
        observed_at,
        record_ref
    from {{ ref('stg_github__issues') }}
    union all
    select
        repository_id,
        'pull_request' as item_kind,
        number,
        id as item_id,
        case when merged_at is not null then 'merged' else state end as state,
        author_id,
        author_login,
        created_at,
        updated_at,
        coalesce(closed_at, merged_at) as closed_at,
        merged_at,
        merged_by_id,
        merged_by_login,
        comments_count as comment_count,
        observed_at,
        record_ref
    from {{ ref('stg_github__pull_requests') }}

),

gitlab_versions as (

    select
        project_id,
        'issue' as item_kind,
        number,
        item_id,
        state,
        author_id,
        author_login,
        created_at,
        updated_at,
        closed_at,
        cast(null as timestamp) as merged_at,
        closed_by_id as ended_by_id,
        closed_by_login as ended_by_login,
        comment_count,
        observed_at,
        record_ref,
        content_hash
    from {{ ref('stg_gitlab__issues') }}
    where not is_confidential
    union all
    select
        project_id,
        'pull_request' as item_kind,
        number,
        item_id,
        state,
        author_id,
        author_login,
        created_at,
        updated_at,
        coalesce(closed_at, merged_at) as closed_at,
        merged_at,
        merged_by_id as ended_by_id,
        merged_by_login as ended_by_login,
        comment_count,
        observed_at,
        record_ref,
        content_hash
    from {{ ref('stg_gitlab__merge_requests') }}

),

ranked_versions as (

    select
        *,
        row_number() over (
            partition by item_kind, item_id
            order by updated_at desc, observed_at desc, content_hash
        ) as recency
    from gitlab_versions

),

final as (

    select
        'GITHUB' as event_source,
        repositories.artifact_id as to_artifact_id,
        github_items.repository_id as source_repository_id,
        github_items.item_kind,
        github_items.number,
        github_items.item_id,
        github_items.state,
        github_items.author_id,
        lower(github_items.author_login) as author_login,
        github_items.created_at,
        github_items.updated_at,
        github_items.closed_at,
        github_items.merged_at,
        github_items.merged_by_id as ended_by_id,
        lower(github_items.merged_by_login) as ended_by_login,
        github_items.comment_count,
        github_items.observed_at,
        github_items.record_ref
    from github_items
    inner join repositories
        on github_items.repository_id = repositories.repository_id
    union all
    select
        projects.artifact_source as event_source,
        projects.artifact_id as to_artifact_id,
        ranked_versions.project_id as source_repository_id,
        ranked_versions.item_kind,
        ranked_versions.number,
        ranked_versions.item_id,
        ranked_versions.state,
        ranked_versions.author_id,
        projects.host_prefix || ranked_versions.author_login as author_login,
        ranked_versions.created_at,
        ranked_versions.updated_at,
        ranked_versions.closed_at,
        ranked_versions.merged_at,
        ranked_versions.ended_by_id,
        projects.host_prefix || ranked_versions.ended_by_login as ended_by_login,
        ranked_versions.comment_count,
        ranked_versions.observed_at,
        ranked_versions.record_ref
    from ranked_versions
    inner join projects
        on ranked_versions.project_id = projects.project_id
    where ranked_versions.recency = 1

)

select * from final
