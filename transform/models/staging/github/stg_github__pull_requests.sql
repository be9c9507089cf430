with source as (

    select * from {{ source('raw', 'github__pull_requests') }}

),

final as (

    select
        id,
        node_id,
        repository_id,
        repository_full_name,
        number,
        state,
        state_reason,
        author_id,
        author_login,
        author_type,
        author_association,
        created_at,
        updated_at,
        closed_at,
        comments_count,
        labels,
        milestone,
        is_locked,
        title_length,
        merged_at,
        merged_by_id,
        merged_by_login,
        merge_commit_id,
        base_ref,
        head_ref,
        head_repository_id,
        is_draft,
        additions,
        deletions,
        changed_files,
        commits_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
