with lengths as (

    select
        bucket_key,
        count(*) as day_count,
    from bucket_days
    group by bucket_key

),

release_days as (

    select distinct
        entity_key,
        day,
    from events

)

select
    release_days.entity_key,
    bucket_days.bucket_key,
    count(*) * 30.0 / max(lengths.day_count) as amount,
from release_days
inner join bucket_days
    on bucket_days.day = release_days.day
inner join lengths
    on lengths.bucket_key = bucket_days.bucket_key
group by
    release_days.entity_key,
    bucket_days.bucket_key
