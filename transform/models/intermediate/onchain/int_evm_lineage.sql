-- Who made a contract, who made that, and so on: factories that factories made are rarely more than three deep.
with recursive creations as (

    select
        network,
        contract_address,
        creator_address,
        originating_address,
        factory_address
    from {{ ref('int_evm_creations') }}

),

ancestors as (

    select
        network,
        contract_address,
        contract_address as ancestor_address,
        creator_address,
        originating_address,
        factory_address,
        0 as depth
    from creations
    union all
    select
        ancestors.network,
        ancestors.contract_address,
        creations.contract_address as ancestor_address,
        creations.creator_address,
        creations.originating_address,
        creations.factory_address,
        ancestors.depth + 1 as depth
    from ancestors
    inner join creations
        on
            ancestors.network = creations.network
            and ancestors.factory_address = creations.contract_address
    where ancestors.depth < 10

),

final as (

    select
        network,
        contract_address,
        ancestor_address,
        creator_address,
        originating_address,
        factory_address,
        depth
    from ancestors

)

select * from final
