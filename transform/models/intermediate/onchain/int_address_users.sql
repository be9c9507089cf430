with invocations as (

    select * from {{ ref('int_contract_invocations') }}

),

final as (

    select
        from_artifact_id as user_id,
        min(network) as user_source,
        min(from_address) as user_name,
        -- Nobody knows who holds an address; a person may.
        'person' as user_class
    from invocations
    group by from_artifact_id

)

select * from final
