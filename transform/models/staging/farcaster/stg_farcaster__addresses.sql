with source as (

    select * from {{ source('raw', 'farcaster__verifications') }}

),

final as (

    select
        fid as farcaster_id,
        replace(coalesce(protocol, 'PROTOCOL_ETHEREUM'), 'PROTOCOL_', '') as protocol,
        case when protocol like '%SOLANA' then address else lower(address) end as address,
        {{ instant_of(adapter.quote('timestamp') ~ ' + 1609459200') }} as verified_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
