-- From which day on a network's days are known, and from which on they are not: the first and the last day are in part.
with days as (

    select
        *,
        min(day) over (partition by network) as first_day,
        max(day) over (partition by network) as last_day,
        lead(missing_blocks) over (partition by network order by day) as missing_before_next
    from {{ ref('int_evm_days') }}
    where day <= {{ as_of() }}

),

-- A gap before a day's first block may hold blocks of this day and of the day before.
judged as (

    select
        network,
        day,
        case
            when
                day > first_day
                and day < last_day
                and missing_blocks = 0
                and coalesce(missing_before_next, 0) = 0
                and missing_transactions = 0
                and missing_receipts = 0
                then 1
            else 0
        end as seen_per_day
    from days

),

-- Days without any block are in a gap.
changes as (

    select
        network,
        day as start_date,
        seen_per_day
    from judged
    union all
    select
        network,
        {{ add_days('day', 1) }} as start_date,
        0 as seen_per_day
    from (
        select
            network,
            day,
            lead(day) over (partition by network order by day) as next_day
        from judged
    ) as ordered
    where
        (next_day is null and day < {{ as_of() }})
        or next_day > {{ add_days('day', 1) }}

),

compared as (

    select
        *,
        lag(seen_per_day) over (partition by network order by start_date) as seen_before
    from changes

),

starts as (

    select
        network,
        start_date,
        seen_per_day
    from compared
    where
        seen_before is null
        or seen_before <> seen_per_day

),

final as (

    select
        network,
        start_date,
        coalesce(
            {{ add_days('lead(start_date) over (partition by network order by start_date)', -1) }},
            {{ as_of() }}
        ) as end_date,
        1 as expected_per_day,
        seen_per_day
    from starts

)

select * from final
