with segments as (

    select * from {{ ref('int_address_segments') }}

),

final as (

    select
        project_id,
        network,
        segment,
        {{ as_of() }} as sample_date,
        count(*) as address_count,
        cast(sum(case when is_potential_bot then 1 else 0 end) as bigint) as potential_bot_count,
        cast(sum(transaction_count) as bigint) as transaction_count,
        avg(cast(recency_score as double)) as recency_score_average,
        avg(cast(frequency_score as double)) as frequency_score_average,
        avg(cast(ecosystem_score as double)) as ecosystem_score_average
    from segments
    group by
        project_id,
        network,
        segment

)

select * from final
