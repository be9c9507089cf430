with dependents as (

    select * from {{ ref('stg_deps_dev__dependents') }}

),

versions as (

    select * from {{ ref('stg_deps_dev__versions') }}

),

ranked as (

    select
        dependents.package_source,
        dependents.package_name,
        dependents.snapshot_date,
        coalesce(dependents.direct_dependent_count, dependents.dependent_count) as dependent_count,
        dependents.observed_at,
        dependents.record_ref,
        row_number() over (
            partition by dependents.package_source, dependents.package_name, dependents.snapshot_date
            order by
                case when versions.is_default then 0 else 1 end,
                dependents.dependent_count desc,
                dependents.version
        ) as choice
    from dependents
    left join versions
        on
            dependents.package_source = versions.package_source
            and dependents.package_name = versions.package_name
            and dependents.version = versions.version

),

final as (

    select
        {{ package_id('package_source', 'package_name') }} as package_id,
        package_source,
        package_name,
        snapshot_date,
        dependent_count,
        observed_at,
        record_ref
    from ranked
    where choice = 1

)

select * from final
