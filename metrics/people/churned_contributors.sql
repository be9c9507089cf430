with person_days as (

    select distinct
        entity_key,
        user_key,
        day,
    from events
    where user_key is not null

),

steps as (

    select
        entity_key,
        user_key,
        day,
        lead(day) over (partition by entity_key, user_key order by day) as next_day,
    from person_days

),

spans as (

    select
        bucket_key,
        first_day,
        last_day,
        first_day_before,
    from bucket_days
    group by
        bucket_key,
        first_day,
        last_day,
        first_day_before

)

-- The last day of somebody before a period that has no day of theirs.
select
    steps.entity_key,
    spans.bucket_key,
    count(*) as amount,
from steps
inner join spans
    on
        steps.day >= spans.first_day_before
        and steps.day < spans.first_day
where steps.next_day is null or steps.next_day > spans.last_day
group by
    steps.entity_key,
    spans.bucket_key
