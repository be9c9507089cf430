with funding as (

    select * from {{ ref('int_funding') }}

),

final as (

    select
        event_id,
        time,
        event_type,
        event_source_id,
        event_source,
        to_project_name,
        to_project_id,
        'PROJECT' as to_type,
        application_name as to_application_name,
        from_funder_name as from_project_name,
        from_artifact_id as from_project_id,
        case
            when from_artifact_id is not null then 'FUNDER'
        end as from_type,
        cast(amount as double) as amount,
        token_amount,
        token_unit,
        grant_pool_name,
        metadata as metadata_json,
        observed_at,
        record_ref
    from funding
    where
        time is not null
        and {{ day_of('time') }} <= {{ as_of() }}

)

select * from final
