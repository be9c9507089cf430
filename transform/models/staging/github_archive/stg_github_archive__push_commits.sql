with source as (

    select * from {{ source('raw', 'github_archive__push_commits') }}

),

final as (

    select
        file_name,
        event_key,
        position as commit_position,
        commit_id,
        author_name,
        {{ email_hash('author_email_hash', 'author_email_domain') }} as email_hash,
        lower(coalesce(author_email_domain, '')) as email_domain,
        coalesce(is_distinct, true) as is_distinct,
        file_sha256,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
