select
    events.entity_key,
    bucket_days.bucket_key,
    cast(sum(case when events.affiliation = 'unknown' then events.amount else 0 end) as double) / sum(events.amount) as amount,
from events
inner join bucket_days
    on bucket_days.day = events.day
group by
    events.entity_key,
    bucket_days.bucket_key
having max(case when events.affiliation <> 'unknown' then events.amount else 0 end) > 0
