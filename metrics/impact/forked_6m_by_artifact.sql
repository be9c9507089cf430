-- Forks of the six months that end on the last complete day.
with forks as (

    select
        events.to_artifact_id as artifact_id,
        sum(events.amount) as amount
    from events_daily as events
    where
        events.event_type = 'FORKED'
        and events.bucket_day <= $as_of
        and events.bucket_day > $as_of - interval 6 month
    group by events.to_artifact_id

)

-- Null where no fork is known: it may be none, or nobody looked.
select
    artifacts.artifact_id,
    'FORKED_6M' as impact_metric,
    forks.amount
from artifacts
left join forks
    on forks.artifact_id = artifacts.artifact_id
