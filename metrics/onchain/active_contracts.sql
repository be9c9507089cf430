with contract_days as (

    select distinct
        entity_key as part_key,
        day,
    from events

)

select
    entity_parts.entity_key,
    bucket_days.bucket_key,
    count(distinct contract_days.part_key) as amount,
from contract_days
inner join entity_parts
    on entity_parts.part_key = contract_days.part_key
inner join bucket_days
    on bucket_days.day = contract_days.day
group by
    entity_parts.entity_key,
    bucket_days.bucket_key
