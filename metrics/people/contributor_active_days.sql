with person_days as (

    select distinct
        events.entity_key,
        events.user_key,
        events.day,
    from events
    where events.user_key is not null

)

select
    person_days.entity_key,
    bucket_days.bucket_key,
    count(*) as amount,
from person_days
inner join bucket_days
    on bucket_days.day = person_days.day
group by
    person_days.entity_key,
    bucket_days.bucket_key
