with ranked as (

    select
        items.entity_key,
        bucket_days.bucket_key,
        items.merge_seconds,
        row_number() over (
            partition by items.entity_key, bucket_days.bucket_key
            order by items.merge_seconds
        ) as position,
        count(*) over (partition by items.entity_key, bucket_days.bucket_key) as item_count,
    from items
    inner join bucket_days
        on bucket_days.day = items.merged_day
    where items.item_kind = 'pull_request'

)

-- The middle one, or the two in the middle.
select
    entity_key,
    bucket_key,
    cast(sum(merge_seconds) as double) / (86400 * count(*)) as amount,
from ranked
where 2 * position between item_count and item_count + 2
group by
    entity_key,
    bucket_key
