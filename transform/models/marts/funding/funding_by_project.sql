with funding as (

    select * from {{ ref('int_funding') }}
    where
        time is not null
        and to_project_id is not null
        and {{ day_of('time') }} <= {{ as_of() }}

),

final as (

    select
        to_project_id as project_id,
        event_source,
        coalesce(from_funder_name, '') as funder_name,
        coalesce(grant_pool_name, '') as grant_pool_name,
        min({{ day_of('time') }}) as first_date,
        max({{ day_of('time') }}) as last_date,
        count(*) as award_count,
        count(amount) as valued_award_count,
        sum(cast(amount as double)) as amount,
        sum(
            case when {{ day_of('time') }} > {{ add_days(as_of(), -180) }} then cast(amount as double) end
        ) as amount_6_months,
        count(distinct from_artifact_id) as funder_count
    from funding
    group by
        to_project_id,
        event_source,
        coalesce(from_funder_name, ''),
        coalesce(grant_pool_name, '')

)

select * from final
