with source as (

    select * from {{ source('raw', 'evm__receipts') }}

),

final as (

    select
        network,
        block_number,
        coalesce(block_hash, '') as block_hash,
        transaction_index,
        transaction_hash,
        is_successful,
        gas_used,
        cumulative_gas_used,
        effective_gas_price,
        contract_address,
        l1_fee,
        l1_gas_used,
        l1_gas_price,
        l1_fee_scalar,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
