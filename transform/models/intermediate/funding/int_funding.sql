with unioned as (

    select
        event_source_id,
        event_source,
        event_type,
        time,
        to_project_name,
        cast(null as varchar) as account_slug,
        application_name,
        from_funder_name,
        from_artifact_id,
        grant_pool_name,
        amount,
        token_amount,
        token_unit,
        metadata,
        'registry' as basis,
        file_path,
        line,
        observed_at,
        record_ref
    from {{ ref('int_funding__oss_funding') }}
    union all
    select
        event_source_id,
        event_source,
        event_type,
        time,
        to_project_name,
        cast(null as varchar) as account_slug,
        application_name,
        from_funder_name,
        from_artifact_id,
        grant_pool_name,
        amount,
        token_amount,
        token_unit,
        cast(null as varchar) as metadata,
        'registry' as basis,
        file_path,
        line,
        observed_at,
        record_ref
    from {{ ref('int_funding__gitcoin') }}
    union all
    select
        event_source_id,
        event_source,
        event_type,
        time,
        to_project_name,
        account_slug,
        cast(null as varchar) as application_name,
        from_funder_name,
        from_artifact_id,
        cast(null as varchar) as grant_pool_name,
        amount,
        token_amount,
        token_unit,
        cast(null as varchar) as metadata,
        'api' as basis,
        cast(null as varchar) as file_path,
        cast(null as integer) as line,
        observed_at,
        record_ref
    from {{ ref('int_funding__open_collective') }}

),

projects as (

    select * from {{ ref('int_projects') }}

),

final as (

    select
        {{ entity_id(['unioned.event_source', 'unioned.event_type', 'unioned.event_source_id']) }} as event_id,
        unioned.event_source_id,
        unioned.event_source,
        unioned.event_type,
        unioned.time,
        unioned.to_project_name,
        projects.project_id as to_project_id,
        case
            when unioned.event_source = 'OPEN_COLLECTIVE'
                then {{ entity_id(["'OPEN_COLLECTIVE'", "'open_collective'", 'unioned.account_slug']) }}
            else projects.project_id
        end as to_artifact_id,
        unioned.application_name,
        unioned.from_funder_name,
        unioned.from_artifact_id,
        unioned.grant_pool_name,
        unioned.amount,
        unioned.token_amount,
        unioned.token_unit,
        unioned.metadata,
        unioned.basis,
        unioned.file_path,
        unioned.line,
        unioned.observed_at,
        unioned.record_ref
    from unioned
    left join projects
        on unioned.to_project_name = projects.project_name

)

select * from final
