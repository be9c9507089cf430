with listed as (

    select
        artifact_source,
        artifact_namespace,
        artifact_name,
        item_kind,
        number,
        snapshot_at as observed_at,
        is_deleted,
        content_hash,
        item_id,
        state,
        author_login,
        created_at,
        updated_at,
        closed_at,
        merged_at,
        true as is_from_complete_listing,
        record_ref
    from {{ ref('stg_issue_snapshots__versions') }}

),

gitlab_rows as (

    select
        project_id,
        'issue' as item_kind,
        number,
        observed_at,
        content_hash,
        item_id,
        state,
        author_login,
        created_at,
        updated_at,
        closed_at,
        cast(null as timestamp) as merged_at,
        record_ref
    from {{ ref('stg_gitlab__issues') }}
    union all
    select
        project_id,
        'issue' as item_kind,
        number,
        observed_at,
        content_hash,
        item_id,
        state,
        author_login,
        created_at,
        updated_at,
        closed_at,
        cast(null as timestamp) as merged_at,
        record_ref
    from {{ ref('stg_gitlab__issue_listings') }}
    union all
    select
        project_id,
        'pull_request' as item_kind,
        number,
        observed_at,
        content_hash,
        item_id,
        state,
        author_login,
        created_at,
        updated_at,
        closed_at,
        merged_at,
        record_ref
    from {{ ref('stg_gitlab__merge_requests') }}
    union all
    select
        project_id,
        'pull_request' as item_kind,
        number,
        observed_at,
        content_hash,
        item_id,
        state,
        author_login,
        created_at,
        updated_at,
        closed_at,
        merged_at,
        record_ref
    from {{ ref('stg_gitlab__merge_request_listings') }}

),

listing_days as (

    select
        project_id,
        'issue' as item_kind,
        number,
        item_id,
        listed_on,
        max(listed_on) over (partition by project_id) as last_listed_on,
        record_ref
    from {{ ref('stg_gitlab__issue_listings') }}
    union all
    select
        project_id,
        'pull_request' as item_kind,
        number,
        item_id,
        listed_on,
        max(listed_on) over (partition by project_id) as last_listed_on,
        record_ref
    from {{ ref('stg_gitlab__merge_request_listings') }}

),

-- What was in a full listing and is in no later one was deleted, some time after the day it was last listed.
gitlab_deletions as (

    select
        project_id,
        item_kind,
        number,
        cast({{ add_days('listed_on', 1) }} as timestamp) as observed_at,
        true as is_deleted,
        cast(null as varchar) as content_hash,
        item_id,
        cast(null as varchar) as state,
        cast(null as varchar) as author_login,
        cast(null as timestamp) as created_at,
        cast(null as timestamp) as updated_at,
        cast(null as timestamp) as closed_at,
        cast(null as timestamp) as merged_at,
        record_ref
    from listing_days
    where listed_on < last_listed_on

),

gitlab_versions as (

    select
        project_id,
        item_kind,
        number,
        observed_at,
        false as is_deleted,
        content_hash,
        item_id,
        state,
        author_login,
        created_at,
        updated_at,
        closed_at,
        merged_at,
        record_ref
    from gitlab_rows
    union all
    select * from gitlab_deletions

),

github_versions as (

    select
        repositories.artifact_source,
        repositories.artifact_namespace,
        repositories.artifact_name,
        versions.kind as item_kind,
        versions.number,
        versions.observed_at,
        false as is_deleted,
        versions.content_hash,
        versions.id as item_id,
        versions.state,
        lower(versions.author_login) as author_login,
        versions.created_at,
        versions.updated_at,
        versions.closed_at,
        versions.merged_at,
        false as is_from_complete_listing,
        versions.record_ref
    from {{ ref('stg_github__item_versions') }} as versions
    inner join {{ ref('int_repositories') }} as repositories
        on
            repositories.artifact_source = 'GITHUB'
            and versions.repository_id = repositories.repository_id

),

located as (

    select * from listed
    union all
    select * from github_versions
    union all
    select
        projects.artifact_source,
        projects.artifact_namespace,
        projects.artifact_name,
        gitlab_versions.item_kind,
        gitlab_versions.number,
        gitlab_versions.observed_at,
        gitlab_versions.is_deleted,
        gitlab_versions.content_hash,
        gitlab_versions.item_id,
        gitlab_versions.state,
        gitlab_versions.author_login,
        gitlab_versions.created_at,
        gitlab_versions.updated_at,
        gitlab_versions.closed_at,
        gitlab_versions.merged_at,
        false as is_from_complete_listing,
        gitlab_versions.record_ref
    from gitlab_versions
    inner join {{ ref('int_gitlab_projects') }} as projects
        on gitlab_versions.project_id = projects.project_id

),

compared as (

    select
        *,
        row_number() over (
            partition by
                artifact_source,
                artifact_namespace,
                artifact_name,
                item_kind,
                number,
                is_from_complete_listing
            order by observed_at, updated_at, record_ref
        ) as reading,
        lag(content_hash) over (
            partition by
                artifact_source,
                artifact_namespace,
                artifact_name,
                item_kind,
                number,
                is_from_complete_listing
            order by observed_at, updated_at, record_ref
        ) as previous_hash
    from located

),

-- The same content read again is no version; files and APIs tell the content in forms of their own.
changed as (

    select *
    from compared
    where
        reading = 1
        or content_hash is distinct from previous_hash

),

final as (

    select
        artifact_source,
        artifact_namespace,
        artifact_name,
        item_kind,
        number,
        row_number() over (
            partition by
                artifact_source,
                artifact_namespace,
                artifact_name,
                item_kind,
                number,
                is_from_complete_listing
            order by reading
        ) as version_number,
        observed_at,
        is_deleted,
        content_hash,
        item_id,
        state,
        author_login,
        created_at,
        updated_at,
        closed_at,
        merged_at,
        is_from_complete_listing,
        record_ref
    from changed

)

select * from final
