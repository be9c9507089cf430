with owners as (

    select * from {{ ref('int_package_owners') }}

),

final as (

    select
        {{ package_id('owners.package_source', 'owners.package_name') }} as package_artifact_id,
        owners.package_source as package_artifact_source,
        {{ package_namespace('owners.package_source', 'owners.package_name') }} as package_artifact_namespace,
        owners.package_name as package_artifact_name,
        owners.account_name,
        owners.role,
        owners.record_ref
    from owners

)

select * from final
