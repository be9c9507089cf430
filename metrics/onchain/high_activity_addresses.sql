with addresses as (

    select
        events.entity_key,
        bucket_days.bucket_key,
        events.user_key,
        sum(events.amount) as transaction_count,
    from events
    inner join bucket_days
        on bucket_days.day = events.day
    where
        events.user_key is not null
        and events.amount > 0
    group by
        events.entity_key,
        bucket_days.bucket_key,
        events.user_key

)

select
    entity_key,
    bucket_key,
    count(*) as amount,
from addresses
where transaction_count >= 100
group by
    entity_key,
    bucket_key
