with signatures as (

    select
        email_domain,
        email_hash,
        author_name,
        observed_at
    from {{ ref('stg_git__commits') }}
    union all
    select
        email_domain,
        email_hash,
        author_name,
        observed_at
    from {{ ref('int_archive_commits') }}

),

final as (

    select
        email_domain,
        email_hash,
        coalesce(lower(trim(author_name)), '') as author_name,
        count(*) as commit_count,
        min(observed_at) as observed_at
    from signatures
    where email_hash is not null
    group by
        email_domain,
        email_hash,
        coalesce(lower(trim(author_name)), '')

)

select * from final
