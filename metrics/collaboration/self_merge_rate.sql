select
    items.entity_key,
    bucket_days.bucket_key,
    cast(sum(case when items.is_merged_by_author then 1 else 0 end) as double) / count(*) as amount,
from items
inner join bucket_days
    on bucket_days.day = items.merged_day
where
    items.item_kind = 'pull_request'
    and items.is_merged_by_author is not null
group by
    items.entity_key,
    bucket_days.bucket_key
