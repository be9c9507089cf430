with source as (

    select * from {{ source('raw', 'gitlab__issues') }}

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
        closed_by_id,
        lower(nullif(closed_by_login, '')) as closed_by_login,
        labels,
        user_notes_count as comment_count,
        coalesce(confidential, false) as is_confidential,
        content_hash,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
