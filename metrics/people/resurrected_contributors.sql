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
        lag(day) over (partition by entity_key, user_key order by day) as day_before,
    from person_days

)

-- The first day of each person in a period is the one whose day before lies outside of it.
select
    steps.entity_key,
    bucket_days.bucket_key,
    count(*) as amount,
from steps
inner join bucket_days
    on bucket_days.day = steps.day
where steps.day_before < bucket_days.first_day_before
group by
    steps.entity_key,
    bucket_days.bucket_key
