{{ config(materialized='view') }}

with transactions as (

    select * from {{ ref('stg_evm__transactions') }}

),

blocks as (

    select * from {{ ref('stg_evm__blocks') }}

),

receipts as (

    select * from {{ ref('stg_evm__receipts') }}

),

-- Exports without block hashes are taken at their word.
final as (

    select
        transactions.network,
        transactions.block_number,
        blocks.block_hash,
        blocks.block_at,
        transactions.transaction_index,
        transactions.transaction_hash,
        transactions.from_address,
        transactions.to_address,
        transactions.value,
        transactions.input_selector,
        transactions.input_size,
        receipts.transaction_index is not null as has_receipt,
        coalesce(receipts.is_successful, true) as is_successful,
        receipts.contract_address,
        receipts.gas_used,
        {{ exact_number('receipts.gas_used', 18) }}
        * {{ exact_number('coalesce(receipts.effective_gas_price, transactions.gas_price)', 20) }} as l2_fee_wei,
        {{ exact_number('receipts.l1_fee') }} as l1_fee_wei,
        transactions.observed_at,
        transactions.record_ref
    from transactions
    inner join blocks
        on
            transactions.network = blocks.network
            and transactions.block_number = blocks.block_number
            and transactions.block_hash in (blocks.block_hash, '')
    left join receipts
        on
            transactions.network = receipts.network
            and transactions.block_number = receipts.block_number
            and transactions.transaction_index = receipts.transaction_index
            and receipts.block_hash in (blocks.block_hash, '')

)

select * from final
