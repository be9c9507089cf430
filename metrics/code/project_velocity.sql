with points as (

    select
        events.entity_key,
        bucket_days.bucket_key,
        events.amount,
    from events
    inner join bucket_days
        on bucket_days.day = events.day
    where events.event_type in ('COMMIT_CODE', 'ISSUE_CLOSED', 'PULL_REQUEST_REVIEW_COMMENT')

    union all

    select
        entity_key,
        bucket_key,
        2 * person_count as amount,
    from people_by_amount

)

select
    entity_key,
    bucket_key,
    sum(amount) as amount,
from points
where amount is not null
group by
    entity_key,
    bucket_key
