with people as (

    select
        events.entity_key,
        bucket_days.bucket_key,
        events.user_key,
        sum(events.amount) as commit_count,
    from events
    inner join bucket_days
        on bucket_days.day = events.day
    where events.user_key is not null
    group by
        events.entity_key,
        bucket_days.bucket_key,
        events.user_key

)

select
    entity_key,
    bucket_key,
    max(commit_count) / sum(commit_count) as amount,
from people
where commit_count > 0
group by
    entity_key,
    bucket_key
