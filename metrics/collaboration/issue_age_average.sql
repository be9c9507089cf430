with changes as (

    select
        entity_key,
        opened_day as day,
        1 as item_count,
        opened_day_number as day_number,
    from items
    where item_kind = 'issue'

    union all

    select
        entity_key,
        closed_day as day,
        -1 as item_count,
        -opened_day_number as day_number,
    from items
    where
        item_kind = 'issue'
        and closed_day is not null

),

daily as (

    select
        entity_key,
        day,
        sum(item_count) as item_count,
        sum(day_number) as day_number,
    from changes
    group by
        entity_key,
        day

),

-- What is open at the end of each day on which something changed, until the next such day.
levels as (

    select
        entity_key,
        day,
        lead(day) over (partition by entity_key order by day) as next_day,
        sum(item_count) over (
            partition by entity_key
            order by day
            rows between unbounded preceding and current row
        ) as item_count,
        sum(day_number) over (
            partition by entity_key
            order by day
            rows between unbounded preceding and current row
        ) as day_number,
    from daily

),

spans as (

    select
        bucket_key,
        last_day,
        last_day_number,
    from bucket_days
    group by
        bucket_key,
        last_day,
        last_day_number

)

select
    levels.entity_key,
    spans.bucket_key,
    spans.last_day_number - cast(levels.day_number as double) / levels.item_count as amount,
from levels
inner join spans
    on
        spans.last_day >= levels.day
        and (levels.next_day is null or spans.last_day < levels.next_day)
where levels.item_count > 0
