with source as (

    select * from {{ source('raw', 'deps_dev_drops__dependencies') }}

),

named as (

    select
        *,
        {{ package_source_of_system('system') }} as package_source
    from source

),

final as (

    select distinct
        package_source,
        {{ package_name_of('package_source', 'name') }} as package_name,
        version,
        cast(snapshot_at as date) as snapshot_date,
        {{ package_source_of_system('dependency_system') }} as dependency_source,
        {{ package_name_of(package_source_of_system('dependency_system'), 'dependency_name') }} as dependency_name,
        dependency_version,
        cast(minimum_depth as bigint) = 1 as is_direct,
        _observed_at as observed_at,
        coalesce(_record_ref, 'deps-dev:' || system || '/' || name || '@' || cast(snapshot_at as varchar)) as record_ref
    from named
    where cast(minimum_depth as bigint) >= 1

)

select * from final
