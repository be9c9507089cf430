with traces as (

    select * from {{ ref('stg_evm__traces') }}
    where
        trace_type = 'create'
        and is_successful
        and to_address is not null

),

transactions as (

    select * from {{ ref('int_evm_transactions') }}

),

traced as (

    select
        traces.network,
        traces.to_address as contract_address,
        transactions.block_at as created_at,
        transactions.block_number,
        transactions.transaction_index,
        transactions.transaction_hash,
        transactions.from_address as originating_address,
        traces.from_address as creator_address,
        traces.call_type as creation_kind,
        traces.code_sha256,
        traces.code_size,
        traces.implementation_address,
        0 as choice_of_source,
        traces.record_ref
    from traces
    inner join transactions
        on
            traces.network = transactions.network
            and traces.block_number = transactions.block_number
            and traces.transaction_index = transactions.transaction_index
            and traces.block_hash in (transactions.block_hash, '')

),

-- Where nobody traced, a receipt tells of the contract that the transaction itself made.
receipted as (

    select
        network,
        contract_address,
        block_at as created_at,
        block_number,
        transaction_index,
        transaction_hash,
        from_address as originating_address,
        from_address as creator_address,
        'create' as creation_kind,
        cast(null as varchar) as code_sha256,
        cast(null as integer) as code_size,
        cast(null as varchar) as implementation_address,
        1 as choice_of_source,
        record_ref
    from transactions
    where
        contract_address is not null
        and is_successful

),

-- An address can be made again after its contract destroyed itself; the first time counts.
ranked as (

    select
        *,
        row_number() over (
            partition by network, contract_address
            order by block_number, transaction_index, choice_of_source, record_ref
        ) as choice
    from (
        select * from traced
        union all
        select * from receipted
    ) as found

),

final as (

    select
        network,
        contract_address,
        created_at,
        block_number,
        transaction_hash,
        originating_address,
        creator_address,
        case
            when creator_address <> originating_address then creator_address
        end as factory_address,
        creation_kind,
        code_sha256,
        code_size,
        implementation_address,
        record_ref
    from ranked
    where choice = 1

)

select * from final
