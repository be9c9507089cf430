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

),

-- Organisations from the top, and last whoever belongs to none or is not known to.
ranked as (

    select
        entity_key,
        bucket_key,
        affiliation,
        sum(commit_count) over (partition by entity_key, bucket_key) as all_commits,
        sum(commit_count) over (
            partition by entity_key, bucket_key
            order by case when affiliation = 'organization' then 0 else 1 end, commit_count desc, organization_name
            rows between unbounded preceding and current row
        ) as commits_up_to_here,
        commit_count,
    from of_organizations
    where commit_count > 0

)

select
    entity_key,
    bucket_key,
    count(case when 2 * (commits_up_to_here - commit_count) < all_commits then 1 end) as amount,
from ranked
where affiliation = 'organization'
group by
    entity_key,
    bucket_key
having 2 * max(commits_up_to_here) >= max(all_commits)
