with transactions as (

    select * from {{ ref('int_evm_transactions') }}
    where
        input_size > 0
        and to_address is not null

),

artifacts as (

    select
        artifact_id,
        artifact_source,
        artifact_name
    from {{ ref('int_artifacts') }}
    where artifact_name like '0x%'

),

networks as (

    select distinct network
    from {{ ref('stg_evm__blocks') }}

),

-- The directory's own entry of a network goes before the one for every network.
known_addresses as (

    select
        networks.network,
        artifacts.artifact_name as address,
        coalesce(
            max(case when artifacts.artifact_source = networks.network then artifacts.artifact_id end),
            max(artifacts.artifact_id)
        ) as artifact_id
    from artifacts
    inner join networks
        on artifacts.artifact_source in (networks.network, 'ANY_EVM')
    group by
        networks.network,
        artifacts.artifact_name

),

daily as (

    select
        transactions.network,
        {{ day_of('transactions.block_at') }} as day,
        transactions.to_address,
        transactions.from_address,
        known_addresses.artifact_id as to_artifact_id,
        count(*) as transaction_count,
        sum(case when transactions.is_successful then 1 else 0 end) as successful_count,
        sum(transactions.gas_used) as gas_used,
        sum(transactions.l2_fee_wei) as l2_fee_wei,
        sum(transactions.l1_fee_wei) as l1_fee_wei,
        count(*) - count(transactions.l2_fee_wei) as unpriced_count,
        max(transactions.observed_at) as observed_at,
        min(transactions.record_ref) as record_ref
    from transactions
    inner join known_addresses
        on
            transactions.network = known_addresses.network
            and transactions.to_address = known_addresses.address
    group by
        transactions.network,
        {{ day_of('transactions.block_at') }},
        transactions.to_address,
        transactions.from_address,
        known_addresses.artifact_id

),

final as (

    select
        daily.network,
        daily.day,
        daily.to_address,
        daily.from_address,
        daily.to_artifact_id,
        coalesce(
            senders.artifact_id,
            {{ address_id('daily.network', 'daily.from_address') }}
        ) as from_artifact_id,
        daily.transaction_count,
        daily.successful_count,
        daily.gas_used,
        daily.l2_fee_wei,
        daily.l1_fee_wei,
        daily.unpriced_count,
        daily.observed_at,
        daily.record_ref
    from daily
    left join known_addresses as senders
        on
            daily.network = senders.network
            and daily.from_address = senders.address

)

select * from final
