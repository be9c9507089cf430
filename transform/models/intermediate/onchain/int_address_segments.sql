with invocations as (

    select * from {{ ref('int_contract_invocations') }}
    where
        successful_count > 0
        and day <= {{ as_of() }}

),

projects as (

    select
        entity_id as project_id,
        artifact_id
    from {{ ref('int_artifacts_by_entity') }}
    where entity_type = 'project'

),

potential_bots as (

    select * from {{ ref('int_potential_bots') }}

),

addresses as (

    select
        projects.project_id,
        invocations.network,
        invocations.from_address as address,
        cast(sum(invocations.successful_count) as bigint) as transaction_count,
        min(invocations.day) as first_day,
        max(invocations.day) as last_day
    from invocations
    inner join projects
        on invocations.to_artifact_id = projects.artifact_id
    group by
        projects.project_id,
        invocations.network,
        invocations.from_address

),

-- Projects are counted over all rows of an address: the original counted them within one project, where there is one.
counted as (

    select
        network,
        address,
        count(*) as project_count
    from addresses
    group by
        network,
        address

),

scored as (

    select
        addresses.*,
        counted.project_count,
        case
            when {{ days_between('addresses.last_day', as_of()) }} < 7 then 5
            when {{ days_between('addresses.last_day', as_of()) }} < 30 then 4
            when {{ days_between('addresses.last_day', as_of()) }} < 90 then 3
            when {{ days_between('addresses.last_day', as_of()) }} < 180 then 2
            else 1
        end as recency_score,
        case
            when addresses.transaction_count <= 1 then 1
            when addresses.transaction_count < 10 then 2
            when addresses.transaction_count < 100 then 3
            when addresses.transaction_count < 1000 then 4
            else 5
        end as frequency_score,
        case
            when counted.project_count <= 1 then 1
            when counted.project_count <= 3 then 2
            when counted.project_count <= 10 then 3
            when counted.project_count <= 30 then 4
            else 5
        end as ecosystem_score
    from addresses
    inner join counted
        on
            addresses.network = counted.network
            and addresses.address = counted.address

),

final as (

    select
        scored.project_id,
        scored.network,
        scored.address,
        scored.transaction_count,
        scored.first_day,
        scored.last_day,
        scored.project_count,
        scored.recency_score,
        scored.frequency_score,
        scored.ecosystem_score,
        case
            when scored.frequency_score = 5 and scored.recency_score = 5 then 'power'
            when scored.frequency_score >= 4 and scored.recency_score >= 4 then 'loyal'
            when scored.frequency_score >= 4 and scored.recency_score = 3 then 'at_risk'
            when scored.frequency_score >= 4 then 'churned'
            when scored.frequency_score = 3 and scored.recency_score >= 4 then 'promising'
            when scored.frequency_score = 3 and scored.recency_score = 3 then 'needs_attention'
            when scored.frequency_score = 3 then 'tourist'
            when scored.frequency_score = 2 and scored.recency_score >= 4 then 'noob'
            when scored.frequency_score = 2 then 'tourist'
            when scored.recency_score >= 3 then 'noob'
            else 'one_and_done'
        end as segment,
        potential_bots.address is not null as is_potential_bot
    from scored
    left join potential_bots
        on
            scored.network = potential_bots.network
            and scored.address = potential_bots.address

)

select * from final
