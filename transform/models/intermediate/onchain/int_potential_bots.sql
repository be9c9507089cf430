with transactions as (

    select
        network,
        from_address,
        {{ day_of('block_at') }} as day,
        {{ hour_of('block_at') }} as hour
    from {{ ref('int_evm_transactions') }}
    where
        l2_fee_wei > 0
        and {{ day_of('block_at') }} <= {{ as_of() }}

),

hours as (

    select
        network,
        from_address,
        {{ metric_bucket('week', 'day') }} as week,
        hour,
        count(*) as transaction_count
    from transactions
    group by
        network,
        from_address,
        {{ metric_bucket('week', 'day') }},
        hour

),

weeks as (

    select
        network,
        from_address,
        week,
        sum(transaction_count) as transaction_count,
        max(transaction_count) as hourly_maximum,
        count(*) / cast(168 as double) as active_hour_ratio,
        min(hour) as first_hour,
        max(hour) as last_hour
    from hours
    group by
        network,
        from_address,
        week

),

-- Only weeks in which an address looks like a machine at all are looked at further.
addresses as (

    select
        network,
        from_address,
        cast(sum(transaction_count) as bigint) as transaction_count,
        cast(max(transaction_count) as bigint) as weekly_maximum,
        avg(transaction_count) as weekly_average,
        max(hourly_maximum) as hourly_maximum,
        avg(active_hour_ratio) as active_hour_average_ratio,
        max(active_hour_ratio) as active_hour_maximum_ratio,
        min(first_hour) as first_hour,
        max(last_hour) as last_hour
    from weeks
    where
        hourly_maximum >= 20
        or active_hour_ratio >= 0.5
    group by
        network,
        from_address

),

-- The original compared the hours between first and last transaction with 25 and called them transactions per hour.
rated as (

    select
        *,
        transaction_count * 1.0 / (
            {{ days_between(day_of('first_hour'), day_of('last_hour')) }} * 24
            + extract(hour from last_hour)
            - extract(hour from first_hour)
            + 1
        ) as transactions_per_hour
    from addresses

),

final as (

    select
        network,
        from_address as address,
        transaction_count,
        weekly_maximum,
        hourly_maximum,
        cast(weekly_average as double) as weekly_average,
        cast(transactions_per_hour as double) as transactions_per_hour,
        cast(active_hour_average_ratio as double) as active_hour_average_ratio,
        cast(active_hour_maximum_ratio as double) as active_hour_maximum_ratio,
        case
            when weekly_maximum >= 2000 and hourly_maximum >= 100 then 'many in a week and 100 in an hour'
            when weekly_maximum >= 4000 and hourly_maximum >= 50 then 'very many in a week and 50 in an hour'
            when weekly_average >= 1000 then '1000 a week'
            when transactions_per_hour >= 25 and transaction_count >= 100 then '25 an hour'
            when active_hour_average_ratio > 0.5 then 'awake for half of the hours'
            else 'hardly ever asleep'
        end as reason
    from rated
    where
        (weekly_maximum >= 2000 and hourly_maximum >= 100)
        or (weekly_maximum >= 4000 and hourly_maximum >= 50)
        or weekly_average >= 1000
        or (transactions_per_hour >= 25 and transaction_count >= 100)
        or active_hour_average_ratio > 0.5
        or active_hour_maximum_ratio > 0.95

)

select * from final
