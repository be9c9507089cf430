with versions as (

    select * from {{ ref('int_package_versions') }}
    where published_at is not null

),

dependencies as (

    select * from {{ ref('int_package_dependencies') }}
    where
        is_direct
        and requirement_kind = 'registry'
        and dependency_name <> ''

),

pypi_requirements as (

    select * from {{ ref('stg_pypi__requirements') }}

),

telling_sources as (

    select distinct package_source
    from dependencies

),

-- Of PyPI only those versions count whose requirements were read, of other registries only those that tell them at all.
known_versions as (

    select
        versions.package_source,
        versions.package_name,
        versions.version,
        versions.published_at,
        versions.observed_at,
        versions.record_ref
    from versions
    inner join telling_sources
        on versions.package_source = telling_sources.package_source
    left join pypi_requirements
        on
            versions.package_name = pypi_requirements.package_name
            and versions.version = pypi_requirements.version
    where
        coalesce(versions.file_count, 1) > 0
        and (versions.package_source <> 'PYPI' or pypi_requirements.version is not null)

),

counted as (

    select
        package_source,
        package_name,
        version,
        count(distinct case when dependency_kind <> 'development' then dependency_name end) as dependency_count,
        count(distinct dependency_name) as all_count
    from dependencies
    group by
        package_source,
        package_name,
        version

),

final as (

    select
        known_versions.package_source,
        known_versions.package_name,
        known_versions.version,
        known_versions.published_at,
        coalesce(counted.dependency_count, 0) as dependency_count,
        coalesce(counted.all_count - counted.dependency_count, 0) as development_dependency_count,
        -- Several versions may be published on one day; the last of them speaks.
        row_number() over (
            partition by
                known_versions.package_source,
                known_versions.package_name,
                {{ day_of('known_versions.published_at') }}
            order by known_versions.published_at desc, known_versions.version desc
        ) = 1 as is_last_of_day,
        known_versions.observed_at,
        known_versions.record_ref
    from known_versions
    left join counted
        on
            known_versions.package_source = counted.package_source
            and known_versions.package_name = counted.package_name
            and known_versions.version = counted.version

)

select * from final
