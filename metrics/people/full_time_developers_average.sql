with person_days as (

    select distinct
        entity_key,
        user_key,
        day_number,
    from events
    where user_key is not null

),

-- With each active day the ninth before it: somebody is full-time while both are among the last 30 days.
steps as (

    select
        entity_key,
        user_key,
        day_number,
        lag(day_number, 9) over (partition by entity_key, user_key order by day_number) as ninth_before,
        lead(day_number) over (partition by entity_key, user_key order by day_number) as next_day_number,
    from person_days

),

calendar as (

    select distinct day_number
    from bucket_days

),

full_time_days as (

    select
        steps.entity_key,
        calendar.day_number,
        count(*) as person_count,
    from steps
    inner join calendar
        on
            calendar.day_number >= steps.day_number
            and calendar.day_number < steps.ninth_before + 30
            and calendar.day_number < coalesce(steps.next_day_number, steps.ninth_before + 30)
    group by
        steps.entity_key,
        calendar.day_number

),

lengths as (

    select
        bucket_key,
        count(*) as day_count,
    from bucket_days
    group by bucket_key

)

select
    full_time_days.entity_key,
    bucket_days.bucket_key,
    cast(sum(full_time_days.person_count) as double) / max(lengths.day_count) as amount,
from full_time_days
inner join bucket_days
    on bucket_days.day_number = full_time_days.day_number
inner join lengths
    on lengths.bucket_key = bucket_days.bucket_key
group by
    full_time_days.entity_key,
    bucket_days.bucket_key
