{{ config(materialized='view') }}

with funding as (

    select * from {{ ref('int_funding') }}

),

artifacts as (

    select * from {{ ref('int_artifacts') }}

),

final as (

    select
        funding.event_id,
        funding.time,
        funding.event_type,
        funding.event_source,
        funding.to_artifact_id,
        funding.from_artifact_id,
        cast(funding.amount as double) as amount,
        funding.event_source_id,
        funding.observed_at,
        funding.record_ref,
        funding.basis
    from funding
    inner join artifacts
        on funding.to_artifact_id = artifacts.artifact_id

)

select * from final
