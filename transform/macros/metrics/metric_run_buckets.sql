{#
    Steps of a query that has window_ends: the buckets of runs, one row each, in a step named buckets. `runs` is a
    relation and not a step, which would be held in memory for being read twice; `columns` are further columns of it.
    Most runs have one bucket. Only the others go through a join, for which they are held, too.
#}
{% macro metric_run_buckets(runs, columns=[]) -%}
{%- set keys = ['metric_key'] + columns + ['entity_key', 'grain'] -%}
single_buckets as (

    select
        runs.{{ keys | join(',\n        runs.') }},
        runs.start_date as bucket,
        runs.amount,
    from {{ runs }} as runs
    where runs.start_date = runs.end_date

),

calendar_buckets as (

    select
        runs.{{ keys | join(',\n        runs.') }},
        cast(each_bucket.bucket as date) as bucket,
        runs.amount,
    from {{ runs }} as runs
    {{ metric_each_day('runs.start_date', 'runs.end_date', 'each_bucket', 'bucket') }}
    where
        runs.start_date < runs.end_date
        and runs.grain not like 'rolling%'

),

rolling_buckets as (

    select
        runs.{{ keys | join(',\n        runs.') }},
        window_ends.day as bucket,
        runs.amount,
    from {{ runs }} as runs
    inner join window_ends as first_ends
        on first_ends.day = runs.start_date
    inner join window_ends as last_ends
        on last_ends.day = runs.end_date
    {{ metric_each_number('first_ends.position', 'last_ends.position', 'each_end', 'position') }}
    inner join window_ends
        on window_ends.position = each_end.position
    where
        runs.start_date < runs.end_date
        and runs.grain like 'rolling%'

),

buckets as (

    select {{ keys | join(', ') }}, bucket, amount from single_buckets
    union all
    select {{ keys | join(', ') }}, bucket, amount from calendar_buckets
    union all
    select {{ keys | join(', ') }}, bucket, amount from rolling_buckets

)
{%- endmacro %}
