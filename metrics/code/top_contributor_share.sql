select
    entity_key,
    bucket_key,
    max(amount) / sum(amount * person_count) as amount,
from people_by_amount
where amount > 0
group by
    entity_key,
    bucket_key
