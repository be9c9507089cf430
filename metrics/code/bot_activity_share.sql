select
    events.entity_key,
    bucket_days.bucket_key,
    sum(case when events.user_class in ('bot', 'agent') then events.amount else 0 end) / sum(events.amount) as amount,
from events
inner join bucket_days
    on bucket_days.day = events.day
group by
    events.entity_key,
    bucket_days.bucket_key
having sum(events.amount) > 0
