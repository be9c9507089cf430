with source as (

    select * from {{ source('raw', 'github_archive__events') }}

),

final as (

    select
        event_key,
        event_id,
        type as archive_type,
        created_at,
        era,
        actor_id,
        lower(actor_login) as actor_login,
        actor_login as actor_login_as_written,
        repository_id,
        lower({{ text_part('repository_name', '/', 1) }}) as repository_namespace,
        lower({{ text_part('repository_name', '/', 2) }}) as repository_name,
        organization_id,
        lower(organization_login) as organization_login,
        lower(action) as action,
        ref,
        ref_type,
        number as subject_number,
        coalesce(is_merged, false) as is_merged,
        merged_at,
        subject_id,
        subject_actor_id,
        lower(subject_actor_login) as subject_actor_login,
        subject_actor_login as subject_actor_login_as_written,
        coalesce(is_pull_request, false) as is_pull_request,
        push_size,
        push_distinct_size,
        default_branch,
        tag_name,
        merge_commit_id,
        forkee_id,
        lower({{ text_part('forkee_name', '/', 1) }}) as forkee_namespace,
        lower({{ text_part('forkee_name', '/', 2) }}) as forkee_name,
        coalesce(stargazers_count, watchers_count) as star_count,
        forks_count as fork_count,
        file_name,
        line as file_line,
        occurrences,
        file_sha256,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
