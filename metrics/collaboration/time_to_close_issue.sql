select
    items.entity_key,
    bucket_days.bucket_key,
    cast(sum(items.close_seconds) as double) / (86400 * count(*)) as amount,
from items
inner join bucket_days
    on bucket_days.day = items.closed_day
where items.item_kind = 'issue'
group by
    items.entity_key,
    bucket_days.bucket_key
