with source as (

    select * from {{ source('raw', 'gitlab__merge_requests') }}

),

final as (

    select
        id as item_id,
        project_id,
        iid as number,
        case when state = 'opened' then 'open' else state end as state,
        author_id,
        lower(nullif(author_login, '')) as author_login,
        created_at,
        updated_at,
        closed_at,
        merged_at,
        merged_by_id,
        lower(nullif(merged_by_login, '')) as merged_by_login,
        labels,
        user_notes_count as comment_count,
        coalesce(draft, false) as is_draft,
        merge_commit_sha as merge_commit_id,
        content_hash,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
