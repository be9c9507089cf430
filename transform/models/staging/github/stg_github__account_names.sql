with source as (

    select * from {{ source('raw', 'github__account_names') }}

),

final as (

    select
        id,
        login,
        last_observed_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
