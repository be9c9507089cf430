-- The links of artifacts to projects, each once.
with links as (

    select distinct
        artifact_id,
        project_id
    from artifacts_by_project

),

first_commits as (

    select
        links.project_id,
        min(events.bucket_day) as day
    from events_daily as events
    inner join links
        on links.artifact_id = events.to_artifact_id
    where
        events.event_type = 'COMMIT_CODE'
        and events.bucket_day <= $as_of
    group by links.project_id

),

-- A network is a namespace; a project has one row for each of its networks.
first_transactions as (

    select
        links.project_id,
        events.event_source as namespace,
        min(events.bucket_day) as day
    from events_daily as events
    inner join links
        on links.artifact_id = events.to_artifact_id
    where
        events.event_type = 'CONTRACT_INVOCATION_DAILY_COUNT'
        and events.bucket_day <= $as_of
    group by
        links.project_id,
        events.event_source

)

select
    projects.project_id,
    first_transactions.namespace,
    'DAYS_FROM_FIRST_COMMIT_TO_FIRST_TXN' as impact_metric,
    date_diff('day', first_commits.day, first_transactions.day) as amount
from projects
left join first_commits
    on first_commits.project_id = projects.project_id
left join first_transactions
    on first_transactions.project_id = projects.project_id
