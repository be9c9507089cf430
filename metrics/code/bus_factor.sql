with people as (

    select
        events.entity_key,
        bucket_days.bucket_key,
        events.user_key,
        sum(events.amount) as commit_count,
    from events
    inner join bucket_days
        on bucket_days.day = events.day
    where events.user_key is not null
    group by
        events.entity_key,
        bucket_days.bucket_key,
        events.user_key

),

ranked as (

    select
        entity_key,
        bucket_key,
        sum(commit_count) over (partition by entity_key, bucket_key) as all_commits,
        sum(commit_count) over (
            partition by entity_key, bucket_key
            order by commit_count desc, user_key
            rows between unbounded preceding and 1 preceding
        ) as commits_of_people_above,
    from people
    where commit_count > 0

)

select
    entity_key,
    bucket_key,
    count(*) as amount,
from ranked
where 2 * coalesce(commits_of_people_above, 0) < all_commits
group by
    entity_key,
    bucket_key
