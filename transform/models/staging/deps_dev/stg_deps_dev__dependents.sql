with source as (

    select * from {{ source('raw', 'deps_dev__dependents') }}

),

named as (

    select
        *,
        {{ package_source_of_system('system') }} as package_source
    from source

),

final as (

    select
        package_source,
        {{ package_name_of('package_source', 'name') }} as package_name,
        version,
        snapshot_date,
        dependentCount as dependent_count,
        directDependentCount as direct_dependent_count,
        indirectDependentCount as indirect_dependent_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from named

)

select * from final
