with source as (

    select * from {{ source('raw', 'evm__logs') }}

),

final as (

    select
        network,
        block_number,
        coalesce(block_hash, '') as block_hash,
        transaction_index,
        transaction_hash,
        log_index,
        address,
        topic0,
        topic1,
        topic2,
        topic3,
        data,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
