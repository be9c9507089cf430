{{ config(materialized='view') }}

with people as (

    select author_id as account_id, author_login as login, created_at as seen_at from {{ ref('stg_github__issues') }}
    union all
    select author_id, author_login, created_at from {{ ref('stg_github__pull_requests') }}
    union all
    select merged_by_id, merged_by_login, merged_at from {{ ref('stg_github__pull_requests') }}
    union all
    select author_id, author_login, created_at from {{ ref('stg_github__comments') }}
    union all
    select author_id, author_login, submitted_at from {{ ref('stg_github__reviews') }}
    union all
    select author_id, author_login, published_at from {{ ref('stg_github__releases') }}
    union all
    select actor_id, actor_login, created_at from {{ ref('stg_github__issue_events') }}
    union all
    select id, login, observed_at from {{ ref('stg_github__accounts') }}
    union all
    select id, login, last_observed_at from {{ ref('stg_github__account_names') }}
    union all
    -- Listings name people without their numbers.
    select cast(null as bigint), author_login, created_at
    from {{ ref('int_issue_versions') }}
    where artifact_source = 'GITHUB'

),

final as (

    select
        account_id,
        lower(login) as login,
        max(login) as login_as_written,
        max(seen_at) as seen_at
    from people
    where login <> ''
    group by
        account_id,
        lower(login)

)

select * from final
