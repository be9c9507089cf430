with source as (

    select * from {{ source('raw', 'git__commits') }}

),

final as (

    select
        repository_url,
        commit_id,
        tree_id,
        parent_count,
        author_name,
        {{ email_hash('author_email_hash', 'author_email_domain') }} as email_hash,
        lower(coalesce(author_email_domain, '')) as email_domain,
        author_account_id,
        lower(author_login) as author_login,
        author_login as author_login_as_written,
        authored_at,
        committed_at,
        coalesce(has_valid_date, true) as has_valid_date,
        coalesce(is_on_default_branch, false) as is_on_default_branch,
        coalesce(is_on_first_parent, false) as is_on_first_parent,
        coalesce(
            committer_email_domain = 'github.com' and committer_email_hash = {{ sha1_hex("'noreply'") }},
            false
        ) as is_committed_by_forge,
        co_authors,
        merge_kind,
        pull_request_number,
        coalesce(is_agent_assisted, false) as is_agent_assisted,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
