with spans as (

    select
        bucket_key,
        last_day,
        last_day_number,
    from bucket_days
    group by
        bucket_key,
        last_day,
        last_day_number

),

ages as (

    select
        items.entity_key,
        spans.bucket_key,
        spans.last_day_number - items.opened_day_number as age,
        row_number() over (
            partition by items.entity_key, spans.bucket_key
            order by items.opened_day_number desc
        ) as position,
        count(*) over (partition by items.entity_key, spans.bucket_key) as item_count,
    from items
    inner join spans
        on
            spans.last_day >= items.opened_day
            and (items.closed_day is null or spans.last_day < items.closed_day)
    where items.item_kind = 'issue'

)

-- The middle one, or the two in the middle.
select
    entity_key,
    bucket_key,
    cast(sum(age) as double) / count(*) as amount,
from ages
where 2 * position between item_count and item_count + 2
group by
    entity_key,
    bucket_key
