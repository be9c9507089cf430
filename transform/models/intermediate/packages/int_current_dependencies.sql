with counted_versions as (

    select
        package_source,
        package_name,
        version,
        published_at,
        row_number() over (
            partition by package_source, package_name
            order by published_at desc, version desc
        ) as age
    from {{ ref('int_dependency_counts') }}
    where {{ day_of('published_at') }} <= {{ as_of() }}

),

packages as (

    select * from {{ ref('int_packages') }}

),

dependencies as (

    select * from {{ ref('int_package_dependencies') }}
    where
        is_direct
        and requirement_kind = 'registry'
        and dependency_name <> ''

),

snapshots as (

    select * from {{ ref('int_dependency_snapshots') }}
    where {{ day_of('snapshot_at') }} <= {{ as_of() }}

),

-- The version that the registry calls the latest; where it names none, the one that was published last.
newest_versions as (

    select
        packages.package_source,
        packages.package_name,
        coalesce(packages.latest_version, counted_versions.version) as version
    from packages
    left join counted_versions
        on
            packages.package_source = counted_versions.package_source
            and packages.package_name = counted_versions.package_name
            and counted_versions.age = 1

),

last_snapshots as (

    select
        event_source,
        dependent_id,
        max(snapshot_number) as snapshot_number
    from snapshots
    group by
        event_source,
        dependent_id

),

links as (

    select
        dependencies.package_source as event_source,
        {{ package_id('dependencies.package_source', 'dependencies.package_name') }} as dependent_id,
        {{ package_id('dependencies.package_source', 'dependencies.dependency_name') }} as dependency_id,
        dependencies.dependency_kind = 'development' as is_development
    from dependencies
    inner join newest_versions
        on
            dependencies.package_source = newest_versions.package_source
            and dependencies.package_name = newest_versions.package_name
            and dependencies.version = newest_versions.version

    union all

    -- A resolved graph is what runs; a bill of materials does not tell what is for development.
    select
        snapshots.event_source,
        snapshots.dependent_id,
        snapshots.dependency_id,
        case when snapshots.event_source <> 'SBOM' then false end as is_development
    from snapshots
    inner join last_snapshots
        on
            snapshots.event_source = last_snapshots.event_source
            and snapshots.dependent_id = last_snapshots.dependent_id
            and snapshots.snapshot_number = last_snapshots.snapshot_number
    where snapshots.dependency_id is not null

),

final as (

    select
        dependent_id,
        dependency_id,
        case
            when max(case when not is_development then 1 else 0 end) = 1 then 'production'
            when max(case when is_development then 1 else 0 end) = 1 then 'development'
            else 'unstated'
        end as dependency_use,
        min(event_source) as event_source
    from links
    group by
        dependent_id,
        dependency_id

)

select * from final
