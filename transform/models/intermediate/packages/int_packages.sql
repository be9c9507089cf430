with npm_packages as (

    select * from {{ ref('stg_npm__packages') }}

),

pypi_packages as (

    select * from {{ ref('stg_pypi__packages') }}

),

crates_packages as (

    select * from {{ ref('stg_crates__packages') }}

),

go_packages as (

    select * from {{ ref('stg_go__packages') }}

),

deps_dev_packages as (

    select * from {{ ref('stg_deps_dev__packages') }}

),

deps_dev_versions as (

    select * from {{ ref('stg_deps_dev__versions') }}

),

deps_dev_details as (

    select * from {{ ref('stg_deps_dev__details') }}

),

crates_versions as (

    select * from {{ ref('stg_crates__versions') }}

),

versions as (

    select * from {{ ref('int_package_versions') }}

),

registry_packages as (

    select
        'NPM' as package_source,
        package_name,
        display_name,
        description,
        license,
        homepage_url,
        latest_version,
        is_unpublished,
        observed_at,
        record_ref
    from npm_packages

    union all

    select
        'PYPI' as package_source,
        package_name,
        display_name,
        description,
        license,
        homepage_url,
        latest_version,
        false as is_unpublished,
        observed_at,
        record_ref
    from pypi_packages

    union all

    select
        'CRATES' as package_source,
        crates_packages.package_name,
        crates_packages.display_name,
        crates_packages.description,
        crates_versions.license,
        crates_packages.homepage_url,
        crates_packages.latest_version,
        false as is_unpublished,
        crates_packages.observed_at,
        crates_packages.record_ref
    from crates_packages
    left join crates_versions
        on
            crates_packages.package_name = crates_versions.package_name
            and crates_packages.latest_version = crates_versions.version

    union all

    select
        'GO' as package_source,
        package_name,
        display_name,
        cast(null as varchar) as description,
        cast(null as varchar) as license,
        cast(null as varchar) as homepage_url,
        latest_version,
        false as is_unpublished,
        observed_at,
        record_ref
    from go_packages

),

-- Registries that have no connector of their own are known through deps.dev alone.
other_packages as (

    select
        deps_dev_packages.package_source,
        deps_dev_packages.package_name,
        deps_dev_packages.display_name,
        cast(null as varchar) as description,
        cast(null as varchar) as license,
        cast(null as varchar) as homepage_url,
        {{ value_at_max('case when deps_dev_versions.is_default then deps_dev_versions.version end', 'deps_dev_versions.published_at') }} as latest_version,
        false as is_unpublished,
        max(deps_dev_packages.observed_at) as observed_at,
        min(deps_dev_packages.record_ref) as record_ref
    from deps_dev_packages
    left join deps_dev_versions
        on
            deps_dev_packages.package_source = deps_dev_versions.package_source
            and deps_dev_packages.package_name = deps_dev_versions.package_name
    left join registry_packages
        on
            deps_dev_packages.package_source = registry_packages.package_source
            and deps_dev_packages.package_name = registry_packages.package_name
    where registry_packages.package_name is null
    group by
        deps_dev_packages.package_source,
        deps_dev_packages.package_name,
        deps_dev_packages.display_name

),

known_packages as (

    select * from registry_packages
    union all
    select * from other_packages

),

version_counts as (

    select
        package_source,
        package_name,
        count(*) as version_count,
        cast(sum(case when coalesce(file_count, 1) > 0 then 1 else 0 end) as bigint) as filled_version_count,
        cast(
            sum(case when coalesce(file_count, 1) > 0 and not is_withdrawn then 1 else 0 end) as bigint
        ) as standing_version_count,
        min(published_at) as first_published_at,
        max(published_at) as last_published_at
    from versions
    group by
        package_source,
        package_name

),

final as (

    select
        {{ package_id('known_packages.package_source', 'known_packages.package_name') }} as package_id,
        known_packages.package_source,
        {{ package_namespace('known_packages.package_source', 'known_packages.package_name') }} as package_namespace,
        known_packages.package_name,
        known_packages.display_name,
        known_packages.description,
        coalesce(known_packages.license, deps_dev_details.license) as license,
        known_packages.homepage_url,
        known_packages.latest_version,
        coalesce(version_counts.version_count, 0) as version_count,
        coalesce(version_counts.standing_version_count, 0) as standing_version_count,
        version_counts.first_published_at,
        version_counts.last_published_at,
        case
            when known_packages.is_unpublished or version_counts.version_count is null then 'unpublished'
            when version_counts.filled_version_count = 0 then 'empty'
            when
                known_packages.package_source in ('PYPI', 'CRATES')
                and version_counts.standing_version_count = 0
                then 'yanked'
            when
                known_packages.package_source not in ('PYPI', 'CRATES')
                and coalesce(latest.is_withdrawn, deps_dev_details.is_deprecated, false)
                then 'deprecated'
            else 'active'
        end as state,
        known_packages.observed_at,
        known_packages.record_ref
    from known_packages
    left join version_counts
        on
            known_packages.package_source = version_counts.package_source
            and known_packages.package_name = version_counts.package_name
    left join versions as latest
        on
            known_packages.package_source = latest.package_source
            and known_packages.package_name = latest.package_name
            and known_packages.latest_version = latest.version
    left join deps_dev_details
        on
            known_packages.package_source = deps_dev_details.package_source
            and known_packages.package_name = deps_dev_details.package_name
            and known_packages.latest_version = deps_dev_details.version

)

select * from final
