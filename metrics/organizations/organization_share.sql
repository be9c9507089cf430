with of_organizations as (

    select
        events.entity_key,
        bucket_days.bucket_key,
        events.affiliation,
        events.organization_name,
        sum(events.amount) as commit_count,
    from events
    inner join bucket_days
        on bucket_days.day = events.day
    group by
        events.entity_key,
        bucket_days.bucket_key,
        events.affiliation,
        events.organization_name

)

select
    entity_key,
    bucket_key,
    cast(max(case when affiliation = 'organization' then commit_count else 0 end) as double) / sum(commit_count) as amount,
from of_organizations
group by
    entity_key,
    bucket_key
having max(case when affiliation <> 'unknown' then commit_count else 0 end) > 0
