{%- set windows = {'90_days': 90, '6_months': 180} -%}

with invocations as (

    select * from {{ ref('int_contract_invocations') }}
    where day <= {{ as_of() }}

),

links as (

    select * from {{ ref('int_artifacts_by_entity') }}
    where entity_type in ('project', 'collection')

),

farcaster_addresses as (

    select distinct address
    from {{ ref('int_farcaster_accounts') }}
    where protocol = 'ETHEREUM'

),

potential_bots as (

    select * from {{ ref('int_potential_bots') }}

),

calls as (

    select
        links.entity_type,
        links.entity_id,
        invocations.network,
        invocations.from_address as address,
        invocations.to_artifact_id,
        invocations.day,
        invocations.transaction_count,
        invocations.successful_count,
        invocations.unpriced_count,
        case when invocations.unpriced_count = 0 then invocations.l2_fee_wei end as l2_fee_wei,
        invocations.day > {{ add_days(as_of(), -90) }} as is_in_90_days,
        invocations.day > {{ add_days(as_of(), -180) }} as is_in_6_months
    from invocations
    inner join links
        on invocations.to_artifact_id = links.artifact_id

),

sums as (

    select
        entity_type,
        entity_id,
        network,
        min(case when successful_count > 0 then day end) as first_transaction_date,
        max(case when successful_count > 0 then day end) as last_transaction_date,
        count(distinct to_artifact_id) as active_contract_count,
        count(distinct case when is_in_90_days then to_artifact_id end) as active_contract_count_90_days,
        cast(sum(transaction_count) as bigint) as contract_invocation_count,
        cast(sum(successful_count) as bigint) as transaction_count,
        cast(sum(case when is_in_6_months then successful_count else 0 end) as bigint) as transaction_count_6_months,
        cast(sum(l2_fee_wei) as double) / 1e18 as gas_fees_sum,
        cast(sum(case when is_in_6_months then l2_fee_wei end) as double) / 1e18 as gas_fees_sum_6_months,
        cast(sum(unpriced_count) as bigint) as unpriced_transaction_count
    from calls
    group by
        entity_type,
        entity_id,
        network

),

addresses as (

    select
        entity_type,
        entity_id,
        network,
        address,
        min(day) as first_day,
        sum(case when is_in_90_days then successful_count else 0 end) as transaction_count_90_days
    from calls
    where successful_count > 0
    group by
        entity_type,
        entity_id,
        network,
        address

),

project_counts as (

    select
        network,
        address,
        count(*) as project_count
    from addresses
    where
        entity_type = 'project'
        and transaction_count_90_days > 0
    group by
        network,
        address

),

-- The same address on two networks is one here: whoever has the key has it on both.
all_network_counts as (

    select
        address,
        count(distinct entity_id) as project_count
    from addresses
    where
        entity_type = 'project'
        and transaction_count_90_days > 0
    group by address

),

marked as (

    select
        addresses.entity_type,
        addresses.entity_id,
        addresses.network,
        addresses.transaction_count_90_days as call_count,
        addresses.first_day > {{ add_days(as_of(), -90) }} as is_new,
        coalesce(project_counts.project_count, 0) > 2 as has_several_projects,
        coalesce(all_network_counts.project_count, 0) > 2 as has_several_projects_on_all_networks,
        farcaster_addresses.address is not null as has_farcaster_account,
        potential_bots.address is not null as is_potential_bot
    from addresses
    left join project_counts
        on
            addresses.network = project_counts.network
            and addresses.address = project_counts.address
    left join all_network_counts
        on addresses.address = all_network_counts.address
    left join farcaster_addresses
        on addresses.address = farcaster_addresses.address
    left join potential_bots
        on
            addresses.network = potential_bots.network
            and addresses.address = potential_bots.address

),

{% set address_counts = {
    'address_count_90_days': 'true',
    'new_address_count_90_days': 'is_new',
    'returning_address_count_90_days': 'not is_new',
    'high_activity_address_count_90_days': 'call_count >= 100',
    'medium_activity_address_count_90_days': 'call_count >= 10 and call_count < 100',
    'low_activity_address_count_90_days': 'call_count < 10',
    'multi_project_address_count_90_days': 'has_several_projects',
    'all_network_multi_project_address_count_90_days': 'has_several_projects_on_all_networks',
    'farcaster_address_count_90_days': 'has_farcaster_account',
    'potential_bot_address_count_90_days': 'is_potential_bot',
} -%}
counts as (

    select
        entity_type,
        entity_id,
        network,
        count(*) as address_count,
        {% for name, condition in address_counts.items() -%}
        cast(sum(case when call_count > 0 and {{ condition }} then 1 else 0 end) as bigint) as {{ name }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from marked
    group by
        entity_type,
        entity_id,
        network

),

network_days as (

    select
        network,
        {% for name, length in windows.items() -%}
        sum(
            case
                when end_date <= {{ add_days(as_of(), -length) }} or seen_per_day < expected_per_day then 0
                when start_date <= {{ add_days(as_of(), -length) }}
                    then {{ days_between(add_days(as_of(), -length), 'end_date') }}
                else {{ days_between('start_date', 'end_date') }} + 1
            end
        ) / cast({{ length }} as double) as coverage_ratio_{{ name }},
        {% endfor -%}
        min(start_date) as covered_from
    from {{ ref('int_evm_windows') }}
    group by network

),

final as (

    select
        sums.entity_type,
        sums.entity_id,
        sums.network,
        {{ as_of() }} as sample_date,
        sums.first_transaction_date,
        sums.last_transaction_date,
        {{ days_between('sums.first_transaction_date', as_of()) }} as days_since_first_transaction,
        sums.active_contract_count,
        sums.active_contract_count_90_days,
        sums.contract_invocation_count,
        sums.transaction_count,
        sums.transaction_count_6_months,
        sums.gas_fees_sum,
        sums.gas_fees_sum_6_months,
        sums.unpriced_transaction_count,
        coalesce(counts.address_count, 0) as address_count,
        {% for name in address_counts -%}
        coalesce(counts.{{ name }}, 0) as {{ name }},
        {% endfor -%}
        network_days.covered_from,
        cast(coalesce(network_days.coverage_ratio_90_days, 0) as double) as coverage_ratio_90_days,
        cast(coalesce(network_days.coverage_ratio_6_months, 0) as double) as coverage_ratio_6_months
    from sums
    left join counts
        on
            sums.entity_type = counts.entity_type
            and sums.entity_id = counts.entity_id
            and sums.network = counts.network
    left join network_days
        on sums.network = network_days.network

)

select * from final
