with source as (

    select * from {{ source('raw', 'github__repositories') }}

),

final as (

    select
        id,
        node_id,
        full_name,
        owner_login,
        owner_id,
        owner_type,
        name,
        description,
        homepage_url,
        is_fork,
        parent_id,
        parent_full_name,
        is_archived,
        is_mirror,
        mirror_url,
        is_template,
        is_private,
        license,
        primary_language,
        languages,
        topics,
        default_branch,
        created_at,
        updated_at,
        pushed_at,
        stargazers_count,
        forks_count,
        watchers_count,
        open_issues_count,
        open_pull_requests_count,
        issues_count,
        pull_requests_count,
        releases_count,
        commit_comments_count,
        disk_usage_kb,
        requested_full_name,
        coalesce(observed_at, _observed_at) as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
