select
    events.entity_key,
    bucket_days.bucket_key,
    count(distinct events.organization_name) as amount,
from events
inner join bucket_days
    on bucket_days.day = events.day
where
    events.affiliation <> 'unknown'
    and events.amount > 0
group by
    events.entity_key,
    bucket_days.bucket_key
