with buckets as (

    select * from {{ ref('int_metrics__buckets') }}

),

final as (

    select
        cast(each_day.day as date) as day,
        buckets.bucket_key,
        buckets.grain,
    from buckets
    {{ metric_each_day('buckets.first_day', 'buckets.last_day', 'each_day', 'day') }}

)

select * from final
