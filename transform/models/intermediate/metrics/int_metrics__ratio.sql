{{ config(materialized='metric_table', cut='runs') }}
{%- set from = metric_tail_from() %}

-- depends_on: {{ ref('int_metrics__changed_totals') }}
-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__events') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

runs as (
    {{ metric_runs(['sum', 'distinct', 'latest', 'sql']) }}
),

ratio_grains as (

    select
        definitions.metric_key,
        definitions.numerator,
        definitions.denominator,
        each_grain.grain,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}
    where definitions.kind = 'ratio'

),

parts as (

    select
        ratio_grains.metric_key,
        ratio_grains.grain,
        numerators.metric_key as part_key,
        true as is_numerator,
    from ratio_grains
    inner join definitions as numerators
        on numerators.metric_name = ratio_grains.numerator

    union all

    select
        ratio_grains.metric_key,
        ratio_grains.grain,
        denominators.metric_key as part_key,
        false as is_numerator,
    from ratio_grains
    inner join definitions as denominators
        on denominators.metric_name = ratio_grains.denominator

),

runs_of_parts as {{ read_once() if from }} (

    select
        parts.metric_key,
        parts.is_numerator,
        runs.entity_key,
        runs.grain,
        runs.start_date,
        runs.end_date,
        runs.amount,
    from runs
    inner join parts
        on
            parts.part_key = runs.metric_key
            and parts.grain = runs.grain
    {#- Few runs are near, and each part would look for them among all. #}
    where
        {{ metric_is_near('runs.end_date', from) if from else metric_part('runs.entity_key') }}

),

-- Looked at after the others are left out: it takes longer than to compare days.
part_runs as (

    select * from runs_of_parts
    {%- if from %}
    where
        grain = 'all'
        or (grain like 'rolling%' and end_date >= {{ from }})
        {%- for grain in metric_calendar_grains() %}
        or (grain = '{{ grain }}' and end_date >= {{ metric_bucket(grain, from) }})
        {%- endfor %}
    {%- endif %}

),

-- Where a run ends its value becomes zero, unless another begins on that day and adds its own.
changes as (

    select
        metric_key,
        entity_key,
        grain,
        start_date as day,
        case when is_numerator then amount end as numerator,
        case when not is_numerator then amount end as denominator,
    from part_runs

    union all

    select
        metric_key,
        entity_key,
        grain,
        {{ add_days('end_date', 1) }} as day,
        case when is_numerator then 0 end as numerator,
        case when not is_numerator then 0 end as denominator,
    from part_runs

),

change_days as (

    select
        metric_key,
        entity_key,
        grain,
        day,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
    from changes
    group by
        metric_key,
        entity_key,
        grain,
        day

),

known as (

    select
        metric_key,
        entity_key,
        grain,
        day as start_date,
        {{ add_days('lead(day) over (partition by metric_key, entity_key, grain order by day)', -1) }} as end_date,
        {{ metric_last_known('numerator', 'metric_key, entity_key, grain', 'day') }} as numerator,
        {{ metric_last_known('denominator', 'metric_key, entity_key, grain', 'day') }} as denominator,
    from change_days

),

-- Between two ends of windows a part may have changed and changed back, which nobody asks for.
ratios as (

    select
        metric_key,
        entity_key,
        grain,
        case when grain like 'rolling%' then {{ metric_window_end_after('start_date') }} else start_date end as start_date,
        case when grain like 'rolling%' then {{ metric_window_end_before('end_date') }} else end_date end as end_date,
        coalesce(numerator, 0) / denominator as amount,
    from known
    where denominator <> 0

),

final as (

    select
        metric_key,
        entity_key,
        grain,
        start_date,
        end_date,
        amount,
    from ratios
    where start_date <= end_date

)

select * from final
{{ laid_out_by(['end_date']) }}
