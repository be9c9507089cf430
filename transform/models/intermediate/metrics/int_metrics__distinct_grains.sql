with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'distinct'

),

grains as (
    {{ metric_grain_rows() }}
),

final as (

    select
        cast(row_number() over (order by definitions.metric_key, each_grain.grain) as integer) as metric_grain_key,
        definitions.metric_key,
        definitions.event_set_key,
        definitions.is_first_only,
        each_grain.grain,
        grains.nominal_days,
        coalesce(grains.is_rolling, false) as is_rolling,
        {{ metric_scaled_days('definitions.min_active_days', 'grains.nominal_days') }} as at_least,
        {{ metric_scaled_days('(definitions.max_active_days + 1)', 'grains.nominal_days') }} as fewer_than,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}
    left join grains
        on grains.grain = each_grain.grain

)

select * from final
