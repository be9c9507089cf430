select
    items.entity_key,
    bucket_days.bucket_key,
    cast(sum(items.response_seconds) as double) / (86400 * count(*)) as amount,
from items
inner join bucket_days
    on bucket_days.day = items.responded_day
group by
    items.entity_key,
    bucket_days.bucket_key
