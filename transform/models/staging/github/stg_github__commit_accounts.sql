with source as (

    select * from {{ source('raw', 'github__commit_accounts') }}

),

final as (

    select
        commit_id,
        account_id,
        lower(login) as login,
        login as login_as_written,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source
    where commit_id is not null

)

select * from final
