select
    events.entity_key,
    bucket_days.bucket_key,
    sum(
        case
            when events.event_type in ('COMMIT_CODE', 'ISSUE_CLOSED', 'PULL_REQUEST_REVIEW_COMMENT')
                then coalesce(events.amount, 0)
            else 0
        end
    ) + 2 * count(
        distinct case
            when events.event_type not in ('ISSUE_CLOSED', 'PULL_REQUEST_REVIEW_COMMENT') then events.user_key
        end
    ) as amount,
from events
inner join bucket_days
    on bucket_days.day = events.day
where events.user_key is not null
group by
    events.entity_key,
    bucket_days.bucket_key
