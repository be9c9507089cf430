{{ config(materialized='view') }}

with grants as (

    select * from {{ ref('stg_oss_funding__grants') }}
    where coalesce(duplicate_kind, '') <> 'exact'

),

keyed as (

    select
        *,
        {{ entity_id([
            "'OSS_FUNDING|'",
            "coalesce(to_project_name, '')",
            "'|' || cast(amount as varchar)",
            "'|' || cast(funding_date as varchar)",
            "'|' || from_funder_name",
            "'|' || coalesce(grant_pool_name, '')",
            "'|' || coalesce(metadata, '')"
        ]) }} as event_source_id
    from grants

),

final as (

    select
        event_source_id,
        'OSS_FUNDING' as event_source,
        'FUNDING_AWARDED' as event_type,
        cast(funding_date as timestamp) as time,
        to_project_name,
        application_name,
        from_funder_name,
        {{ entity_id(["'OSS_FUNDING'", 'from_funder_name', 'from_funder_name']) }} as from_artifact_id,
        grant_pool_name,
        amount,
        token_amount,
        token_unit,
        metadata,
        file_path,
        line,
        observed_at,
        record_ref
    from keyed

)

select * from final
