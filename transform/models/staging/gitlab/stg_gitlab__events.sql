with source as (

    select * from {{ source('raw', 'gitlab__events') }}

),

final as (

    select
        id as event_id,
        project_id,
        action_name,
        target_id,
        target_iid,
        target_type,
        author_id,
        lower(nullif(author_login, '')) as author_login,
        created_at,
        note_id,
        nullif(note_type, '') as note_type,
        nullif(noteable_type, '') as noteable_type,
        noteable_id,
        noteable_iid,
        coalesce(is_system_note, false) as is_system_note,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
