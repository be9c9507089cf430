with source_rows as (

    select * from {{ ref('int_onchain_metrics_by_network') }}

),

final as (

    select
        entity_type,
        entity_id,
        network,
        sample_date,
        first_transaction_date,
        last_transaction_date,
        days_since_first_transaction,
        active_contract_count,
        active_contract_count_90_days,
        contract_invocation_count,
        transaction_count,
        transaction_count_6_months,
        gas_fees_sum,
        gas_fees_sum_6_months,
        unpriced_transaction_count,
        address_count,
        address_count_90_days,
        new_address_count_90_days,
        returning_address_count_90_days,
        high_activity_address_count_90_days,
        medium_activity_address_count_90_days,
        low_activity_address_count_90_days,
        multi_project_address_count_90_days,
        all_network_multi_project_address_count_90_days,
        farcaster_address_count_90_days,
        potential_bot_address_count_90_days,
        covered_from,
        coverage_ratio_90_days,
        coverage_ratio_6_months
    from source_rows

)

select * from final
