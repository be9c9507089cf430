with source as (

    select * from {{ source('raw', 'github__issues') }}

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
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
