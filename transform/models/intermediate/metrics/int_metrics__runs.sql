{{ config(materialized='view') }}

with final as (
    {{ metric_runs(['sum', 'distinct', 'latest', 'sql', 'ratio']) }}
)

select * from final
