{{ config(materialized='view') }}

with invocations as (

    select * from {{ ref('int_contract_invocations') }}

),

-- Fees are summed exactly and become approximate here: an event's amount is a floating-point number.
measured as (

    select
        *,
        'CONTRACT_INVOCATION_DAILY_COUNT' as event_type,
        cast(transaction_count as double) as amount
    from invocations
    union all
    select
        *,
        'CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT' as event_type,
        cast(successful_count as double) as amount
    from invocations
    union all
    select
        *,
        'CONTRACT_INVOCATION_DAILY_L2_GAS_USED' as event_type,
        case when unpriced_count = 0 then cast(l2_fee_wei as double) end as amount
    from invocations

),

final as (

    select
        {{ entity_id([
            'network',
            'event_type',
            'cast(day as varchar)',
            'to_address',
            'from_address'
        ]) }} as event_id,
        cast(day as timestamp) as time,
        event_type,
        network as event_source,
        to_artifact_id,
        from_artifact_id,
        amount,
        {{ entity_id(['network', 'cast(day as varchar)', 'to_artifact_id', 'from_artifact_id']) }} as event_source_id,
        observed_at,
        record_ref,
        'api' as basis
    from measured

)

select * from final
