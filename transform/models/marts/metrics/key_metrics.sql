{{ config(materialized='table') }}

with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

runs as (

    select * from {{ ref('int_metrics__runs') }}

),

coverage as (

    select * from {{ ref('int_metrics__coverage') }}

),

metric_grains as (

    select
        definitions.metric_key,
        each_grain.grain,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}

),

key_grains as (

    {% for grain in metric_windows() | list + ['all'] -%}
    select '{{ grain }}' as grain
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

wanted as (

    select
        definitions.metric_key,
        definitions.metric_id,
        definitions.metric_name,
        definitions.unit,
        definitions.kind,
        definitions.is_zero_if_absent,
        key_grains.grain,
        metric_grains.grain is not null as is_defined,
    from definitions
    cross join key_grains
    left join metric_grains
        on
            metric_grains.metric_key = definitions.metric_key
            and metric_grains.grain = key_grains.grain

),

current_runs as (

    select
        metric_key,
        entity_key,
        grain,
        amount,
    from runs
    where
        start_date <= {{ as_of() }}
        and end_date >= {{ as_of() }}
        and grain in ('{{ (metric_windows() | list + ['all']) | join("', '") }}')

),

-- Of artifacts only those metrics are told of which something was seen, at every window then: a large directory would
-- have millions of rows that say nothing. Projects and collections have a row for each.
told as (

    select
        definitions.metric_key,
        entities.entity_key,
    from definitions
    cross join entities
    where entities.entity_type <> 'artifact'

    union distinct

    select
        metric_key,
        entity_key,
    from coverage

    union distinct

    select
        metric_key,
        entity_key,
    from current_runs

),

judged as (

    select
        wanted.metric_id,
        wanted.metric_name,
        wanted.unit,
        wanted.grain,
        entities.entity_type,
        entities.entity_id,
        current_runs.amount,
        case
            when current_runs.amount <> 0 then 'value'
            when current_runs.amount is not null and not wanted.is_zero_if_absent then 'value'
            when
                wanted.is_defined
                and wanted.is_zero_if_absent
                and coverage.coverage_ratio >= 1
                then 'zero'
            else 'unknown'
        end as state,
        coalesce(coverage.coverage_ratio, 0) as coverage_ratio,
        coverage.covered_from,
        coverage.covered_to,
    from told
    inner join wanted
        on wanted.metric_key = told.metric_key
    inner join entities
        on entities.entity_key = told.entity_key
    left join current_runs
        on
            current_runs.metric_key = wanted.metric_key
            and current_runs.entity_key = entities.entity_key
            and current_runs.grain = wanted.grain
    left join coverage
        on
            coverage.metric_key = wanted.metric_key
            and coverage.entity_key = entities.entity_key
            and coverage.grain = wanted.grain

),

final as (

    select
        metric_id,
        metric_name,
        entity_type,
        entity_id,
        grain,
        {{ as_of() }} as sample_date,
        case
            when state = 'value' then amount
            when state = 'zero' then cast(0 as double)
        end as amount,
        unit,
        state,
        cast(case when coverage_ratio > 1 then 1 else coverage_ratio end as double) as coverage_ratio,
        covered_from,
        covered_to,
    from judged

)

select * from final
