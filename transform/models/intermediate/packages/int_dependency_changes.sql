with snapshots as (

    select * from {{ ref('int_dependency_snapshots') }}

),

versions as (

    select * from {{ ref('int_package_versions') }}

),

dependencies as (

    select * from {{ ref('int_package_dependencies') }}

),

pypi_requirements as (

    select * from {{ ref('stg_pypi__requirements') }}

),

-- Of PyPI only those versions count whose requirements were read: silence about the others is no removal.
known_versions as (

    select
        versions.package_source,
        versions.package_name,
        versions.version,
        versions.published_at,
        versions.record_ref,
        row_number() over (
            partition by versions.package_source, versions.package_name
            order by versions.published_at, versions.version
        ) as version_number
    from versions
    left join pypi_requirements
        on
            versions.package_name = pypi_requirements.package_name
            and versions.version = pypi_requirements.version
    where
        versions.published_at is not null
        and (versions.package_source <> 'PYPI' or pypi_requirements.version is not null)

),

-- Several lines of versions are published side by side, so a dependency is there from the first version that lists it
-- until none that comes later does.
spans as (

    select
        dependencies.package_source,
        dependencies.package_name,
        dependencies.dependency_name,
        min(known_versions.version_number) as first_number,
        max(known_versions.version_number) as last_number
    from dependencies
    inner join known_versions
        on
            dependencies.package_source = known_versions.package_source
            and dependencies.package_name = known_versions.package_name
            and dependencies.version = known_versions.version
    where
        dependencies.is_direct
        and dependencies.requirement_kind = 'registry'
        and dependencies.dependency_kind <> 'development'
        and dependencies.dependency_name <> ''
    group by
        dependencies.package_source,
        dependencies.package_name,
        dependencies.dependency_name

),

version_changes as (

    select
        spans.package_source as event_source,
        'ADD_DEPENDENCY' as event_type,
        known_versions.published_at as changed_at,
        {{ package_id('spans.package_source', 'spans.package_name') }} as dependent_id,
        {{ package_id('spans.package_source', 'spans.dependency_name') }} as dependency_id,
        known_versions.record_ref
    from spans
    inner join known_versions
        on
            spans.package_source = known_versions.package_source
            and spans.package_name = known_versions.package_name
            and spans.first_number = known_versions.version_number

    union all

    select
        spans.package_source as event_source,
        'REMOVE_DEPENDENCY' as event_type,
        known_versions.published_at as changed_at,
        {{ package_id('spans.package_source', 'spans.package_name') }} as dependent_id,
        {{ package_id('spans.package_source', 'spans.dependency_name') }} as dependency_id,
        known_versions.record_ref
    from spans
    inner join known_versions
        on
            spans.package_source = known_versions.package_source
            and spans.package_name = known_versions.package_name
            and spans.last_number + 1 = known_versions.version_number

),

snapshot_times as (

    select
        event_source,
        dependent_id,
        snapshot_number,
        snapshot_at
    from snapshots
    group by
        event_source,
        dependent_id,
        snapshot_number,
        snapshot_at

),

neighbours as (

    select
        *,
        lag(snapshot_number) over (
            partition by event_source, dependent_id, dependency_id order by snapshot_number
        ) as earlier_number,
        lead(snapshot_number) over (
            partition by event_source, dependent_id, dependency_id order by snapshot_number
        ) as later_number
    from snapshots
    where dependency_id is not null

),

snapshot_changes as (

    select
        event_source,
        'ADD_DEPENDENCY' as event_type,
        snapshot_at as changed_at,
        dependent_id,
        dependency_id,
        record_ref
    from neighbours
    where earlier_number is null or earlier_number < snapshot_number - 1

    union all

    select
        neighbours.event_source,
        'REMOVE_DEPENDENCY' as event_type,
        snapshot_times.snapshot_at as changed_at,
        neighbours.dependent_id,
        neighbours.dependency_id,
        neighbours.record_ref
    from neighbours
    inner join snapshot_times
        on
            neighbours.event_source = snapshot_times.event_source
            and neighbours.dependent_id = snapshot_times.dependent_id
            and neighbours.snapshot_number + 1 = snapshot_times.snapshot_number
    where neighbours.later_number is null or neighbours.later_number > neighbours.snapshot_number + 1

),

final as (

    select * from version_changes
    union all
    select * from snapshot_changes

)

select * from final
