with npm_versions as (

    select * from {{ ref('stg_npm__versions') }}

),

npm_version_times as (

    select * from {{ ref('stg_npm__version_times') }}

),

pypi_versions as (

    select * from {{ ref('stg_pypi__versions') }}

),

crates_versions as (

    select * from {{ ref('stg_crates__versions') }}

),

go_versions as (

    select * from {{ ref('stg_go__versions') }}

),

deps_dev_versions as (

    select * from {{ ref('stg_deps_dev__versions') }}

),

registry_versions as (

    select
        'NPM' as package_source,
        npm_versions.package_name,
        npm_versions.version,
        npm_version_times.published_at,
        npm_versions.is_deprecated as is_withdrawn,
        npm_versions.deprecation_reason as withdrawal_reason,
        npm_versions.file_count,
        npm_versions.size_bytes,
        npm_versions.commit_id,
        npm_versions.observed_at,
        npm_versions.record_ref
    from npm_versions
    left join npm_version_times
        on npm_versions.package_name = npm_version_times.package_name
        and npm_versions.version = npm_version_times.version

    union all

    select
        'PYPI' as package_source,
        package_name,
        version,
        published_at,
        is_yanked as is_withdrawn,
        yanked_reason as withdrawal_reason,
        file_count,
        size_bytes,
        cast(null as varchar) as commit_id,
        observed_at,
        record_ref
    from pypi_versions

    union all

    select
        'CRATES' as package_source,
        package_name,
        version,
        published_at,
        is_yanked as is_withdrawn,
        yanked_reason as withdrawal_reason,
        cast(1 as bigint) as file_count,
        size_bytes,
        cast(null as varchar) as commit_id,
        observed_at,
        record_ref
    from crates_versions

    union all

    select
        'GO' as package_source,
        package_name,
        version,
        published_at,
        false as is_withdrawn,
        cast(null as varchar) as withdrawal_reason,
        cast(null as bigint) as file_count,
        cast(null as bigint) as size_bytes,
        commit_id,
        observed_at,
        record_ref
    from go_versions

),

registry_packages as (

    select distinct
        package_source,
        package_name
    from registry_versions

),

-- Registries that have no connector of their own are known through deps.dev alone.
final as (

    select * from registry_versions

    union all

    select
        deps_dev_versions.package_source,
        deps_dev_versions.package_name,
        deps_dev_versions.version,
        deps_dev_versions.published_at,
        deps_dev_versions.is_deprecated as is_withdrawn,
        cast(null as varchar) as withdrawal_reason,
        cast(null as bigint) as file_count,
        cast(null as bigint) as size_bytes,
        cast(null as varchar) as commit_id,
        deps_dev_versions.observed_at,
        deps_dev_versions.record_ref
    from deps_dev_versions
    left join registry_packages
        on
            deps_dev_versions.package_source = registry_packages.package_source
            and deps_dev_versions.package_name = registry_packages.package_name
    where registry_packages.package_name is null

)

select * from final
