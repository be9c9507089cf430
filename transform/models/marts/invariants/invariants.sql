{{ config(materialized='table') }}

with unioned as (

    select * from {{ ref('int_invariants__values') }}
    union all
    select * from {{ ref('int_invariants__sums') }}
    union all
    select * from {{ ref('int_invariants__facts') }}

),

final as (

    select
        invariant_name,
        description,
        cast(checked_row_count as bigint) as checked_row_count,
        cast(broken_row_count as bigint) as broken_row_count,
        case when broken_row_count = 0 then 'holds' else 'broken' end as state,
        examples,
        {{ as_of() }} as sample_date
    from unioned

)

select * from final
