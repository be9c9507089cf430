with source as (

    select * from {{ source('raw', 'gitlab__projects') }}

),

final as (

    select
        id as project_id,
        case when lower({{ text_part('web_url', '/', 3) }}) = 'gitlab.com' then 'GITLAB' else 'GIT' end as artifact_source,
        case
            when lower({{ text_part('web_url', '/', 3) }}) = 'gitlab.com' then ''
            else lower({{ text_part('web_url', '/', 3) }}) || '/'
        end as host_prefix,
        lower({{ path_parent('path_with_namespace') }}) as group_path,
        lower({{ path_last('path_with_namespace') }}) as artifact_name,
        web_url as artifact_url,
        lower(requested_path) as requested_path,
        nullif(description, '') as description,
        nullif(default_branch, '') as default_branch,
        created_at,
        last_activity_at,
        visibility,
        coalesce(archived, false) as is_archived,
        coalesce(mirror, false) as is_mirror,
        star_count,
        forks_count as fork_count,
        open_issues_count as open_issue_count,
        topics,
        nullif(license_key, '') as license,
        forked_from_id is not null as is_fork,
        forked_from_id,
        nullif(forked_from_path, '') as forked_from_path,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
