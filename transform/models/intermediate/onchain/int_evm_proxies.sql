with logs as (

    select * from {{ ref('stg_evm__logs') }}

),

blocks as (

    select * from {{ ref('stg_evm__blocks') }}

),

topics as (

    select * from {{ ref('evm_topics') }}

),

creations as (

    select * from {{ ref('int_evm_creations') }}

),

-- A log of the same topic may have its first argument indexed or not.
announced as (

    select
        logs.network,
        case
            when topics.proxy_at = 'address' then logs.address
            when logs.topic1 is not null then {{ address_in_topic('logs.topic1') }}
            else {{ address_in_data('logs.data', 1) }}
        end as proxy_address,
        case
            when topics.implementation_at = 'topic1' and logs.topic1 is not null
                then {{ address_in_topic('logs.topic1') }}
            when topics.implementation_at = 'data2' and logs.topic1 is null
                then {{ address_in_data('logs.data', 2) }}
            else {{ address_in_data('logs.data', 1) }}
        end as implementation_address,
        topics.standard,
        blocks.block_at as seen_at,
        logs.block_number,
        logs.log_index,
        logs.record_ref
    from logs
    inner join topics
        on logs.topic0 = topics.topic0
    inner join blocks
        on
            logs.network = blocks.network
            and logs.block_number = blocks.block_number
            and logs.block_hash in (blocks.block_hash, '')

),

minimal as (

    select
        network,
        contract_address as proxy_address,
        implementation_address,
        'EIP-1167' as standard,
        created_at as seen_at,
        block_number,
        -1 as log_index,
        record_ref
    from creations
    where implementation_address is not null

),

ranked as (

    select
        *,
        min(seen_at) over (partition by network, proxy_address) as first_seen_at,
        row_number() over (
            partition by network, proxy_address
            order by block_number desc, log_index desc
        ) as choice
    from (
        select * from announced
        union all
        select * from minimal
    ) as found
    where
        proxy_address is not null
        and implementation_address is not null

),

final as (

    select
        network,
        proxy_address,
        implementation_address,
        standard,
        first_seen_at,
        seen_at as implementation_since,
        record_ref
    from ranked
    where choice = 1

)

select * from final
