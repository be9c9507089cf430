with uses as (

    select distinct
        events.entity_key,
        events.user_key,
        bucket_days.bucket_key,
    from events
    inner join bucket_days
        on bucket_days.day = events.day
    where events.user_key is not null

),

wide_users as (

    select
        uses.user_key,
        uses.bucket_key,
    from uses
    inner join entity_types
        on entity_types.entity_key = uses.entity_key
    where entity_types.entity_type = 'project'
    group by
        uses.user_key,
        uses.bucket_key
    having count(*) > 2

)

select
    uses.entity_key,
    uses.bucket_key,
    count(*) as amount,
from uses
inner join wide_users
    on
        wide_users.user_key = uses.user_key
        and wide_users.bucket_key = uses.bucket_key
group by
    uses.entity_key,
    uses.bucket_key
