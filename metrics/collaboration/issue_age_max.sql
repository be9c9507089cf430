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

)

select
    items.entity_key,
    spans.bucket_key,
    max(spans.last_day_number - items.opened_day_number) as amount,
from items
inner join spans
    on
        spans.last_day >= items.opened_day
        and (items.closed_day is null or spans.last_day < items.closed_day)
where items.item_kind = 'issue'
group by
    items.entity_key,
    spans.bucket_key
