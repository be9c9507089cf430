with source as (

    select * from {{ source('raw', 'evm__blocks') }}
    where is_canonical

),

final as (

    select
        network,
        block_number,
        block_hash,
        parent_hash,
        block_at,
        miner_address,
        gas_limit,
        gas_used,
        base_fee_per_gas,
        difficulty,
        size_bytes,
        transaction_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
