with listings as (

    select distinct
        project_name,
        artifact_source as network,
        artifact_name as address,
        artifact_type,
        record_ref
    from {{ ref('stg_oss_directory__project_artifacts') }}
    where directory_field = 'blockchain'

),

creations as (

    select * from {{ ref('int_evm_creations') }}

),

lineage as (

    select * from {{ ref('int_evm_lineage') }}

),

proxies as (

    select * from {{ ref('int_evm_proxies') }}

),

roots as (

    select
        network,
        contract_address,
        {{ value_at_max('originating_address', 'depth') }} as root_deployer_address
    from lineage
    group by
        network,
        contract_address

),

-- People's addresses are no contracts; a safe is one.
listed_contracts as (

    select * from listings
    where artifact_type not in ('EOA', 'DEPLOYER', 'CREATOR', 'WALLET')

),

listed_deployers as (

    select * from listings
    where artifact_type in ('DEPLOYER', 'CREATOR')

),

created_addresses as (

    select
        network,
        contract_address
    from creations
    union distinct
    select
        'ANY_EVM' as network,
        contract_address
    from creations

),

-- What a project has by itself: contracts that it lists, and those that its deployers made without a factory.
owned as (

    select
        lineage.network,
        lineage.contract_address,
        listed_contracts.project_name,
        'directory' as basis,
        0 as preference
    from lineage
    inner join listed_contracts
        on
            lineage.contract_address = listed_contracts.address
            and listed_contracts.network in (lineage.network, 'ANY_EVM')
    where lineage.depth = 0
    union all
    select
        lineage.network,
        lineage.contract_address,
        listed_deployers.project_name,
        'deployer' as basis,
        1 as preference
    from lineage
    inner join listed_deployers
        on
            lineage.originating_address = listed_deployers.address
            and listed_deployers.network in (lineage.network, 'ANY_EVM')
    where
        lineage.depth = 0
        and lineage.factory_address is null

),

-- What a contract of a project makes is the project's, unless it is owned in its own right.
inherited as (

    select
        lineage.network,
        lineage.contract_address,
        owned.project_name,
        case when lineage.depth = 0 then owned.basis else 'factory' end as basis,
        lineage.depth * 2 + owned.preference as preference
    from lineage
    inner join owned
        on
            lineage.network = owned.network
            and lineage.ancestor_address = owned.contract_address

),

-- Through a factory of nobody, such as the common ones for CREATE2, it is the sender's.
originated as (

    select
        lineage.network,
        lineage.contract_address,
        listed_deployers.project_name,
        'originator' as basis,
        100 as preference
    from lineage
    inner join listed_deployers
        on
            lineage.originating_address = listed_deployers.address
            and listed_deployers.network in (lineage.network, 'ANY_EVM')
    where
        lineage.depth = 0
        and lineage.factory_address is not null

),

-- Listed, but made before the blocks that were read.
unseen as (

    select
        listed_contracts.network,
        listed_contracts.address as contract_address,
        listed_contracts.project_name,
        'directory' as basis,
        0 as preference
    from listed_contracts
    left join created_addresses
        on
            listed_contracts.address = created_addresses.contract_address
            and listed_contracts.network = created_addresses.network
    where created_addresses.contract_address is null

),

ranked as (

    select
        *,
        row_number() over (
            partition by network, contract_address
            order by preference, project_name, basis
        ) as choice
    from (
        select * from inherited
        union all
        select * from originated
        union all
        select * from unseen
    ) as found

),

-- An address that the directory has for every network keeps that artifact.
identified as (

    select
        ranked.*,
        case
            when listed.own_count > 0 or listed.address is null then ranked.network
            else 'ANY_EVM'
        end as artifact_source
    from ranked
    left join (
        select
            networks.network,
            listings.address,
            sum(case when listings.network = networks.network then 1 else 0 end) as own_count
        from listings
        inner join (select distinct network from ranked) as networks
            on listings.network in (networks.network, 'ANY_EVM')
        group by
            networks.network,
            listings.address
    ) as listed
        on
            ranked.network = listed.network
            and ranked.contract_address = listed.address
    where ranked.choice = 1

),

final as (

    select
        identified.network,
        identified.contract_address,
        {{ address_id('identified.artifact_source', 'identified.contract_address') }} as artifact_id,
        identified.project_name,
        identified.basis,
        creations.created_at,
        creations.transaction_hash,
        creations.factory_address,
        creations.originating_address,
        roots.root_deployer_address,
        creations.code_sha256,
        proxies.implementation_address,
        proxies.standard as proxy_standard,
        coalesce(creations.record_ref, 'oss-directory:' || identified.project_name) as record_ref
    from identified
    left join creations
        on
            identified.network = creations.network
            and identified.contract_address = creations.contract_address
    left join roots
        on
            identified.network = roots.network
            and identified.contract_address = roots.contract_address
    left join proxies
        on
            identified.network = proxies.network
            and identified.contract_address = proxies.proxy_address

)

select * from final
