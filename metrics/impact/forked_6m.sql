-- Forks of the six months that end on the last complete day.
with forks as (

    select
        links.project_id,
        sum(events.amount) as amount
    from events_daily as events
    inner join (select distinct artifact_id, project_id from artifacts_by_project) as links
        on links.artifact_id = events.to_artifact_id
    where
        events.event_type = 'FORKED'
        and events.bucket_day <= $as_of
        and events.bucket_day > $as_of - interval 6 month
    group by links.project_id

)

-- Null where no fork is known: it may be none, or nobody looked.
select
    projects.project_id,
    'FORKED_6M' as impact_metric,
    forks.amount
from projects
left join forks
    on forks.project_id = projects.project_id
