with funding as (

    select * from {{ ref('int_funding') }}
    where
        time is not null
        and {{ day_of('time') }} <= {{ as_of() }}

),

final as (

    select
        event_source,
        coalesce(from_funder_name, '') as funder_name,
        coalesce(grant_pool_name, '') as grant_pool_name,
        min({{ day_of('time') }}) as first_date,
        max({{ day_of('time') }}) as last_date,
        count(*) as award_count,
        count(amount) as valued_award_count,
        sum(cast(amount as double)) as amount,
        count(distinct to_project_id) as project_count,
        count(distinct from_artifact_id) as funder_count,
        cast(sum(case when to_project_id is null then 1 else 0 end) as bigint) as unknown_project_award_count,
        sum(case when to_project_id is null then cast(amount as double) end) as unknown_project_amount
    from funding
    group by
        event_source,
        coalesce(from_funder_name, ''),
        coalesce(grant_pool_name, '')

)

select * from final
