select
    events.entity_key,
    bucket_days.bucket_key,
    sum(events.amount) as amount,
from events
inner join bucket_days
    on bucket_days.day = events.day
where events.user_class in ('bot', 'agent')
group by
    events.entity_key,
    bucket_days.bucket_key
