with lengths as (

    select
        bucket_key,
        count(*) as day_count,
    from bucket_days
    group by bucket_key

),

daily as (

    select
        entity_key,
        day,
        sum(amount) as commit_count,
    from events
    group by
        entity_key,
        day

),

sums as (

    select
        daily.entity_key,
        bucket_days.bucket_key,
        sum(daily.commit_count) as commit_count,
        sum(daily.commit_count * daily.commit_count) as square_sum,
    from daily
    inner join bucket_days
        on bucket_days.day = daily.day
    group by
        daily.entity_key,
        bucket_days.bucket_key

)

select
    sums.entity_key,
    sums.bucket_key,
    sums.square_sum / sums.commit_count - sums.commit_count / lengths.day_count as amount,
from sums
inner join lengths
    on lengths.bucket_key = sums.bucket_key
where sums.commit_count > 0
