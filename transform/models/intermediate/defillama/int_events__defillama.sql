{{ config(materialized='view') }}

with figures as (

    select * from {{ ref('int_defillama_daily') }}
    where
        chain = ''
        and section = ''

),

artifacts as (

    select artifact_id
    from {{ ref('int_artifacts') }}

),

final as (

    select
        {{ entity_id(["'DEFILLAMA'", 'figures.figure', 'figures.protocol_slug', 'cast(figures.day as varchar)']) }}
            as event_id,
        cast(figures.day as timestamp) as time,
        figures.figure as event_type,
        'DEFILLAMA' as event_source,
        figures.artifact_id as to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        figures.amount,
        cast(figures.measured_at as varchar) || '_' || figures.protocol_slug || '_usd' as event_source_id,
        figures.observed_at,
        figures.record_ref,
        'api' as basis
    from figures
    inner join artifacts
        on figures.artifact_id = artifacts.artifact_id

)

select * from final
