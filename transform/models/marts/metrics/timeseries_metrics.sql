with runs as (

    select * from {{ ref('int_metrics__runs') }}

),

definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

final as (

    select
        definitions.metric_id,
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id,
        runs.grain,
        cast(each_bucket.bucket as date) as bucket,
        runs.amount,
        definitions.unit,
    from runs
    inner join definitions
        on definitions.metric_key = runs.metric_key
    inner join entities
        on entities.entity_key = runs.entity_key
    {{ metric_each_day('runs.start_date', 'runs.end_date', 'each_bucket', 'bucket') }}
    where
        (
            runs.amount <> 0
            or definitions.kind = 'ratio'
        )
        -- Rolling windows end on each of the last days and, before those, with each month.
        and (
            runs.grain not like 'rolling_%'
            or cast(each_bucket.bucket as date) > {{ add_days(as_of(), 0 - metric_rolling_daily_days()) }}
            or cast(each_bucket.bucket as date)
            = {{ metric_bucket_end('month', metric_bucket('month', 'cast(each_bucket.bucket as date)')) }}
        )

)

select * from final
