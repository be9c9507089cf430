with transactions as (

    select * from {{ ref('stg_open_collective__transactions') }}

),

collectives as (

    select * from {{ ref('stg_open_collective__collectives') }}

),

sums as (

    select
        account_slug,
        currency,
        count(*) as transaction_count,
        count(distinct group_id) as group_count,
        min(created_at) as first_transaction_at,
        max(created_at) as last_transaction_at,
        sum(case when kind in ('CONTRIBUTION', 'ADDED_FUNDS') then amount else 0 end) as contributed,
        sum(payment_processor_fee + host_fee + tax_amount)
        + sum(case when kind in ('HOST_FEE', 'PAYMENT_PROCESSOR_FEE', 'PAYMENT_PROCESSOR_COVER') then amount else 0 end)
            as fees,
        sum(case when kind = 'EXPENSE' then amount else 0 end) as expenses,
        sum(net_amount) as computed_balance
    from transactions
    group by
        account_slug,
        currency

),

final as (

    select
        sums.account_slug,
        sums.currency,
        sums.transaction_count,
        sums.group_count,
        sums.first_transaction_at,
        sums.last_transaction_at,
        sums.contributed,
        sums.fees,
        sums.expenses,
        sums.computed_balance,
        collectives.balance as told_balance,
        sums.computed_balance - collectives.balance as difference
    from sums
    left join collectives
        on
            sums.account_slug = collectives.slug
            and sums.currency = collectives.currency

)

select * from final
