with source as (

    select * from {{ source('raw', 'eas__attestations') }}

),

final as (

    select
        network,
        lower(id) as attestation_id,
        lower({{ adapter.quote('schemaId') }}) as schema_id,
        lower(attester) as attester_address,
        nullif(lower(recipient), '0x0000000000000000000000000000000000000000') as recipient_address,
        lower({{ adapter.quote('refUID') }}) as referred_attestation_id,
        coalesce(revoked, false) as is_revoked,
        coalesce({{ adapter.quote('isOffchain') }}, false) as is_offchain,
        {{ instant_of(adapter.quote('time')) }} as attested_at,
        case when {{ adapter.quote('revocationTime') }} > 0 then {{ instant_of(adapter.quote('revocationTime')) }} end as revoked_at,
        case when {{ adapter.quote('expirationTime') }} between 1 and 253402300799 then {{ instant_of(adapter.quote('expirationTime')) }} end as expires_at,
        lower(txid) as transaction_hash,
        {{ adapter.quote('decodedDataJson') }} as data_json,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
