with source as (

    select * from {{ source('raw', 'github__counters') }}

),

final as (

    select
        id,
        full_name,
        day,
        stargazers_count,
        forks_count,
        watchers_count,
        open_issues_count,
        open_pull_requests_count,
        coalesce(observed_at, _observed_at) as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
