with days as (

    select
        entity_key,
        day,
        sum(amount) as wei,
    from events
    where amount is not null
    group by
        entity_key,
        day

)

select
    days.entity_key,
    bucket_days.bucket_key,
    sum(days.wei) / 1e18 as amount,
from days
inner join bucket_days
    on bucket_days.day = days.day
group by
    days.entity_key,
    bucket_days.bucket_key
