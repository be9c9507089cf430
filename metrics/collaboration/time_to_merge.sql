select
    items.entity_key,
    bucket_days.bucket_key,
    cast(sum(items.merge_seconds) as double) / (86400 * count(*)) as amount,
from items
inner join bucket_days
    on bucket_days.day = items.merged_day
where items.item_kind = 'pull_request'
group by
    items.entity_key,
    bucket_days.bucket_key
