with source as (

    select * from {{ source('raw', 'farcaster__accounts') }}

),

final as (

    select
        fid as farcaster_id,
        lower(name) as username,
        lower(owner) as custody_address,
        {{ instant_of(adapter.quote('timestamp')) }} as named_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
