with contracts as (

    select * from {{ ref('int_contracts') }}

),

artifacts_by_project as (

    select
        artifact_id,
        project_name,
        project_id
    from {{ ref('int_artifacts_by_project') }}

),

invocations as (

    select
        network,
        to_address,
        sum(transaction_count) as transaction_count
    from {{ ref('int_contract_invocations') }}
    where
        day <= {{ as_of() }}
        and day > {{ add_days(as_of(), -180) }}
    group by
        network,
        to_address

),

final as (

    select
        contracts.artifact_id,
        contracts.contract_address,
        contracts.network as contract_namespace,
        artifacts_by_project.project_id,
        contracts.project_name,
        contracts.basis,
        cast(contracts.created_at as date) as deployment_date,
        contracts.factory_address,
        contracts.originating_address,
        contracts.root_deployer_address,
        contracts.implementation_address,
        contracts.proxy_standard,
        contracts.code_sha256,
        cast(coalesce(invocations.transaction_count, 0) as bigint) as sort_weight,
        contracts.record_ref
    from contracts
    inner join artifacts_by_project
        on
            contracts.artifact_id = artifacts_by_project.artifact_id
            and contracts.project_name = artifacts_by_project.project_name
    left join invocations
        on
            contracts.network = invocations.network
            and contracts.contract_address = invocations.to_address

)

select * from final
