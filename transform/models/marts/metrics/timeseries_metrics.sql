with runs as (

    select * from {{ ref('int_metrics__runs') }}

),

definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

window_ends as (

    select * from {{ ref('int_metrics__window_ends') }}

),

calendar_buckets as (

    select
        runs.metric_key,
        runs.entity_key,
        runs.grain,
        cast(each_bucket.bucket as date) as bucket,
        runs.amount,
    from runs
    {{ metric_each_day('runs.start_date', 'runs.end_date', 'each_bucket', 'bucket') }}
    where runs.grain not like 'rolling%'

),

rolling_buckets as (

    select
        runs.metric_key,
        runs.entity_key,
        runs.grain,
        window_ends.day as bucket,
        runs.amount,
    from runs
    inner join window_ends as first_ends
        on first_ends.day = runs.start_date
    inner join window_ends as last_ends
        on last_ends.day = runs.end_date
    {{ metric_each_number('first_ends.position', 'last_ends.position', 'each_end', 'position') }}
    inner join window_ends
        on window_ends.position = each_end.position
    where runs.grain like 'rolling%'

),

buckets as (

    select metric_key, entity_key, grain, bucket, amount from calendar_buckets
    union all
    select metric_key, entity_key, grain, bucket, amount from rolling_buckets

),

final as (

    select
        definitions.metric_id,
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id,
        buckets.grain,
        buckets.bucket,
        buckets.amount,
        definitions.unit,
    from buckets
    inner join definitions
        on definitions.metric_key = buckets.metric_key
    inner join entities
        on entities.entity_key = buckets.entity_key
    where
        buckets.amount <> 0
        or definitions.kind = 'ratio'

)

select * from final
