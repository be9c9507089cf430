with source as (

    select * from {{ source('raw', 'evm__traces') }}

),

final as (

    select
        network,
        block_number,
        coalesce(block_hash, '') as block_hash,
        transaction_index,
        transaction_hash,
        trace_key,
        trace_address,
        trace_type,
        call_type,
        from_address,
        to_address,
        value,
        gas,
        gas_used,
        input_selector,
        input_size,
        subtrace_count,
        error,
        is_successful,
        code_sha256,
        code_size,
        implementation_address,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
