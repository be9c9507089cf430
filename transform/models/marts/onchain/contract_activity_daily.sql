with invocations as (

    select * from {{ ref('int_contract_invocations') }}
    where day <= {{ as_of() }}

),

final as (

    select
        day as bucket_day,
        network,
        to_address as contract_address,
        to_artifact_id as artifact_id,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(sum(successful_count) as bigint) as successful_transaction_count,
        count(distinct from_address) as address_count,
        cast(sum(gas_used) as bigint) as gas_used,
        case
            when sum(unpriced_count) = 0 then cast(sum(l2_fee_wei) as varchar)
        end as l2_fee_wei,
        cast(sum(l1_fee_wei) as varchar) as l1_fee_wei
    from invocations
    group by
        day,
        network,
        to_address,
        to_artifact_id

)

select * from final
