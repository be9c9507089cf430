-- People with as many commits as one another stand in one row.
with ranked as (

    select
        entity_key,
        bucket_key,
        amount,
        person_count,
        sum(amount * person_count) over (partition by entity_key, bucket_key) as all_commits,
        coalesce(
            sum(amount * person_count) over (
                partition by entity_key, bucket_key
                order by amount desc
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as commits_of_people_above,
    from people_by_amount
    where amount > 0

),

-- So many of them, one after the other, until half of all commits is reached.
needed as (

    select
        entity_key,
        bucket_key,
        person_count,
        ceil((all_commits - 2 * commits_of_people_above) / (2 * amount)) as needed_count,
    from ranked
    where 2 * commits_of_people_above < all_commits

)

select
    entity_key,
    bucket_key,
    sum(case when needed_count < person_count then needed_count else person_count end) as amount,
from needed
group by
    entity_key,
    bucket_key
