with source as (

    select * from {{ source('raw', 'open_collective__collectives') }}

),

final as (

    select
        slug,
        display_name,
        account_type,
        currency,
        cast(balance as decimal(38, 18)) as balance,
        host_slug,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
