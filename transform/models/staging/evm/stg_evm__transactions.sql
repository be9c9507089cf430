with source as (

    select * from {{ source('raw', 'evm__transactions') }}

),

final as (

    select
        network,
        block_number,
        coalesce(block_hash, '') as block_hash,
        transaction_index,
        transaction_hash,
        from_address,
        to_address,
        value,
        gas_limit,
        gas_price,
        max_fee_per_gas,
        max_priority_fee_per_gas,
        nonce,
        transaction_type,
        input_selector,
        input_size,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
