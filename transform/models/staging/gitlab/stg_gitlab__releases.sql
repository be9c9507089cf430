with source as (

    select * from {{ source('raw', 'gitlab__releases') }}

),

final as (

    select
        lower(project) as requested_path,
        tag_name,
        name as release_name,
        created_at,
        released_at,
        coalesce(upcoming_release, false) as is_upcoming,
        author_id,
        lower(nullif(author_login, '')) as author_login,
        nullif(commit_id, '') as commit_id,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
