with first_days as (

    select
        entity_key,
        user_key,
        min(day) as first_day,
    from events
    where user_key is not null
    group by
        entity_key,
        user_key

),

bucket_starts as (

    select
        bucket_key,
        min(day) as start_day,
    from bucket_days
    group by bucket_key

),

active as (

    select distinct
        events.entity_key,
        events.user_key,
        bucket_days.bucket_key,
    from events
    inner join bucket_days
        on bucket_days.day = events.day
    where events.user_key is not null

)

select
    active.entity_key,
    active.bucket_key,
    count(*) as amount,
from active
inner join bucket_starts
    on bucket_starts.bucket_key = active.bucket_key
inner join first_days
    on
        first_days.entity_key = active.entity_key
        and first_days.user_key = active.user_key
where first_days.first_day < bucket_starts.start_day
group by
    active.entity_key,
    active.bucket_key
