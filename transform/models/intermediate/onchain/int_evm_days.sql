-- What of each day of a network is there: blocks in a row, and a transaction, receipt and trace where there must be one.
with blocks as (

    select * from {{ ref('stg_evm__blocks') }}

),

transactions as (

    select * from {{ ref('int_evm_transactions') }}

),

traces as (

    select
        network,
        block_number,
        block_hash,
        count(distinct transaction_index) as traced_count
    from {{ ref('stg_evm__traces') }}
    where transaction_index is not null
    group by
        network,
        block_number,
        block_hash

),

unhashed_traces as (

    select * from traces
    where block_hash = ''

),

traced_ranges as (

    select
        network,
        min(block_number) as first_block,
        max(block_number) as last_block
    from traces
    group by network

),

stored as (

    select
        network,
        block_number,
        count(*) as transaction_count,
        sum(case when has_receipt then 1 else 0 end) as receipt_count
    from transactions
    group by
        network,
        block_number

),

-- Traces are expected between the first and the last block that has some.
measured as (

    select
        blocks.network,
        {{ day_of('blocks.block_at') }} as day,
        blocks.block_number,
        blocks.block_number - lag(blocks.block_number) over (
            partition by blocks.network
            order by blocks.block_number
        ) - 1 as gap_before,
        greatest(coalesce(blocks.transaction_count, 0) - coalesce(stored.transaction_count, 0), 0)
            as missing_transactions,
        coalesce(stored.transaction_count, 0) - coalesce(stored.receipt_count, 0) as missing_receipts,
        case
            when blocks.block_number between traced_ranges.first_block and traced_ranges.last_block
                then greatest(
                    coalesce(stored.transaction_count, 0)
                    - greatest(coalesce(traces.traced_count, 0), coalesce(unhashed_traces.traced_count, 0)),
                    0
                )
            else 0
        end as missing_traces
    from blocks
    left join stored
        on
            blocks.network = stored.network
            and blocks.block_number = stored.block_number
    left join traced_ranges
        on blocks.network = traced_ranges.network
    left join traces
        on
            blocks.network = traces.network
            and blocks.block_number = traces.block_number
            and blocks.block_hash = traces.block_hash
    left join unhashed_traces
        on
            blocks.network = unhashed_traces.network
            and blocks.block_number = unhashed_traces.block_number

),

final as (

    select
        network,
        day,
        min(block_number) as first_block,
        max(block_number) as last_block,
        count(*) as block_count,
        cast(coalesce(sum(gap_before), 0) as bigint) as missing_blocks,
        cast(sum(missing_transactions) as bigint) as missing_transactions,
        cast(sum(missing_receipts) as bigint) as missing_receipts,
        cast(sum(missing_traces) as bigint) as missing_traces
    from measured
    group by
        network,
        day

)

select * from final
