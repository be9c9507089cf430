with definitions as (

    select
        metric_key,
        event_set_key,
    from {{ ref('int_metrics__definitions') }}
    where metric_name = 'contributors'

),

classes as (

    select
        definitions.event_set_key,
        classes.sender_class_key,
    from {{ ref('int_metrics__classes') }} as classes
    inner join definitions
        on definitions.metric_key = classes.metric_key
    where classes.class_key = 0

),

entities as (

    select * from {{ ref('int_metrics__entities') }}
    where entity_type in ('project', 'collection')

),

-- The months in which somebody contributed to an entity.
months as (

    select distinct
        entities.entity_type,
        entities.entity_id,
        active_days.user_key,
        {{ metric_bucket('month', 'active_days.day') }} as month,
    from {{ ref('int_metrics__active_days') }} as active_days
    inner join classes
        on
            classes.event_set_key = active_days.event_set_key
            and classes.sender_class_key = active_days.sender_class_key
    inner join entities
        on entities.entity_key = active_days.entity_key

),

members as (

    select
        entity_type,
        entity_id,
        user_key,
        month,
        min(month) over (partition by entity_type, entity_id, user_key) as cohort_month,
    from months

),

counts as (

    select
        entity_type,
        entity_id,
        cohort_month,
        month,
        count(*) as contributor_count,
    from members
    group by
        entity_type,
        entity_id,
        cohort_month,
        month

),

final as (

    select
        entity_type,
        entity_id,
        cohort_month,
        cast(
            12 * (extract(year from month) - extract(year from cohort_month))
            + extract(month from month) - extract(month from cohort_month) as integer
        ) as months_since,
        month,
        contributor_count,
        -- Everybody of a cohort is active in its first month.
        first_value(contributor_count) over (
            partition by entity_type, entity_id, cohort_month
            order by month
        ) as cohort_size,
        {{ metric_bucket_end('month', 'month') }} <= {{ as_of() }} as is_complete,
    from counts

)

select
    entity_type,
    entity_id,
    cohort_month,
    months_since,
    month,
    contributor_count,
    cohort_size,
    cast(contributor_count as double) / cohort_size as retained_share,
    is_complete,
from final
