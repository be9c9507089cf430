with source as (

    select * from {{ source('raw', 'github__releases') }}

),

final as (

    select
        id,
        repository_id,
        tag_name,
        name,
        is_draft,
        is_prerelease,
        author_id,
        author_login,
        author_type,
        created_at,
        published_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
