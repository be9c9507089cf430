with steps as (

    select * from {{ ref('int_metrics__distinct_steps') }}

),

metric_grains as (

    select * from {{ ref('int_metrics__distinct_grains') }}

),

stretches as (

    select
        metric_grain_key,
        class_key,
        entity_key,
        day as start_date,
        {{ add_days('lead(day) over (partition by metric_grain_key, class_key, entity_key order by day)', -1) }} as last_day,
        sum(step) over (
            partition by metric_grain_key, class_key, entity_key
            order by day
            rows between unbounded preceding and current row
        ) as amount,
    from steps

),

runs as (

    select
        metric_grain_key,
        class_key,
        entity_key,
        start_date,
        coalesce({{ metric_window_end_before('last_day') }}, {{ as_of() }}) as end_date,
        amount,
    from stretches

),

final as (

    select
        metric_grains.metric_key,
        runs.class_key,
        runs.entity_key,
        metric_grains.grain,
        runs.start_date,
        runs.end_date,
        cast(runs.amount as double) as amount,
    from runs
    inner join metric_grains
        on metric_grains.metric_grain_key = runs.metric_grain_key
    where runs.amount <> 0

)

select * from final
