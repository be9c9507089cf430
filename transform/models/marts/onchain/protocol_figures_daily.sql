with figures as (

    select * from {{ ref('int_defillama_daily') }}
    where day <= {{ as_of() }}

),

artifacts as (

    select artifact_id
    from {{ ref('int_artifacts') }}

),

final as (

    select
        figures.day as bucket_day,
        figures.artifact_id,
        figures.protocol_slug,
        figures.figure,
        figures.chain,
        figures.section,
        figures.amount,
        figures.measured_at,
        figures.record_ref
    from figures
    inner join artifacts
        on figures.artifact_id = artifacts.artifact_id

)

select * from final
