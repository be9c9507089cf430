with archive_windows as (

    select * from {{ ref('int_archive_windows') }}

),

horizon as (

    select min(start_date) as start_date
    from archive_windows

),

event_types as (

    select * from {{ ref('event_types') }}

),

mined as (

    select
        artifact_id,
        max({{ day_of('observed_at') }}) as observed_on
    from {{ ref('int_mined_repositories') }}
    group by artifact_id

),

repositories as (

    select
        artifacts.artifact_id,
        artifacts.artifact_source,
        mined.observed_on,
        mined.artifact_id is not null as is_mined,
        artifacts.artifact_source_id is not null or mined.artifact_id is not null as is_identified
    from {{ ref('int_artifacts') }} as artifacts
    left join mined
        on artifacts.artifact_id = mined.artifact_id
    where
        artifacts.artifact_source = 'GITHUB'
        or mined.artifact_id is not null

),

-- Complete days: of the day on which a forge was last read, a part is known.
forge_days as (

    select
        artifact_id,
        event_type,
        max(event_source) as event_source,
        min({{ day_of('complete_from') }}) as first_day,
        max({{ add_days(day_of('complete_to'), -1) }}) as last_day
    from {{ ref('int_forge_coverage') }}
    where complete_to is not null
    group by
        artifact_id,
        event_type

),

archive_types as (

    select
        repositories.artifact_id,
        repositories.is_identified,
        event_types.event_type,
        event_types.archive_since,
        forge_days.last_day as known_to
    from repositories
    cross join event_types
    left join forge_days
        on
            repositories.artifact_id = forge_days.artifact_id
            and event_types.event_type = forge_days.event_type
    where
        repositories.artifact_source = 'GITHUB'
        and event_types.is_in_archive
        and not (repositories.is_mined and event_types.event_type = 'COMMIT_CODE')

),

-- What the archive tells of one repository it tells of all; what the forge itself told it is not asked for.
by_archive as (

    select
        archive_types.artifact_id,
        'GITHUB' as event_source,
        archive_types.event_type,
        greatest(
            archive_windows.start_date,
            coalesce({{ add_days('archive_types.known_to', 1) }}, archive_windows.start_date),
            coalesce(archive_types.archive_since, archive_windows.start_date)
        ) as start_date,
        archive_windows.end_date,
        archive_windows.expected_per_day,
        archive_windows.seen_per_day,
        'archive' as basis
    from archive_types
    cross join archive_windows
    where
        archive_types.is_identified
        and archive_windows.end_date >= coalesce(archive_types.archive_since, archive_windows.end_date)
        and (
            archive_types.known_to is null
            or archive_windows.end_date > archive_types.known_to
        )

),

-- Before the archive told of a type, its silence says nothing.
before_archive as (

    select
        archive_types.artifact_id,
        'GITHUB' as event_source,
        archive_types.event_type,
        greatest(
            archive_windows.start_date,
            coalesce({{ add_days('archive_types.known_to', 1) }}, archive_windows.start_date)
        ) as start_date,
        least(archive_windows.end_date, {{ add_days('archive_types.archive_since', -1) }}) as end_date,
        archive_windows.expected_per_day,
        0 as seen_per_day,
        'archive' as basis
    from archive_types
    cross join archive_windows
    where
        archive_types.is_identified
        and archive_windows.start_date < archive_types.archive_since
        and (
            archive_types.known_to is null
            or least(archive_windows.end_date, {{ add_days('archive_types.archive_since', -1) }}) > archive_types.known_to
        )

),

forge_types as (

    select
        artifacts.artifact_id,
        artifacts.artifact_source,
        forge_days.event_type,
        forge_days.first_day,
        forge_days.last_day
    from forge_days
    inner join {{ ref('int_artifacts') }} as artifacts
        on forge_days.artifact_id = artifacts.artifact_id

),

-- Nothing happened before there was a repository, unless the forge forgets: then the past is open.
by_forge_known as (

    select
        forge_types.artifact_id,
        forge_types.artifact_source as event_source,
        forge_types.event_type,
        case
            when forge_types.artifact_source = 'GITHUB' then horizon.start_date
            else greatest(forge_types.first_day, horizon.start_date)
        end as start_date,
        least(forge_types.last_day, {{ as_of() }}) as end_date,
        1 as expected_per_day,
        1 as seen_per_day,
        'api' as basis
    from forge_types
    cross join horizon
    where
        forge_types.last_day >= horizon.start_date
        and (
            forge_types.artifact_source = 'GITHUB'
            or forge_types.first_day <= least(forge_types.last_day, {{ as_of() }})
        )

),

-- Where no archive tells what came after the last reading, or before what a forge remembers, that is not known.
by_forge_unknown as (

    select
        forge_types.artifact_id,
        forge_types.artifact_source as event_source,
        forge_types.event_type,
        greatest({{ add_days('forge_types.last_day', 1) }}, horizon.start_date) as start_date,
        {{ as_of() }} as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'api' as basis
    from forge_types
    cross join horizon
    where
        forge_types.artifact_source <> 'GITHUB'
        and forge_types.last_day < {{ as_of() }}
    union all
    select
        forge_types.artifact_id,
        forge_types.artifact_source as event_source,
        forge_types.event_type,
        horizon.start_date,
        least({{ add_days('forge_types.first_day', -1) }}, {{ as_of() }}) as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'api' as basis
    from forge_types
    cross join horizon
    where
        forge_types.artifact_source <> 'GITHUB'
        and forge_types.first_day > horizon.start_date

),

-- Nothing has ever been seen of these repositories: silence of the archive is no proof that they were idle.
by_nobody as (

    select
        archive_types.artifact_id,
        'GITHUB' as event_source,
        archive_types.event_type,
        horizon.start_date,
        {{ as_of() }} as end_date,
        24 as expected_per_day,
        0 as seen_per_day,
        'archive' as basis
    from archive_types
    cross join horizon
    where not archive_types.is_identified

),

git_types as (

    select
        repositories.artifact_id,
        repositories.artifact_source,
        event_types.event_type,
        repositories.observed_on
    from repositories
    cross join event_types
    left join forge_days
        on
            repositories.artifact_id = forge_days.artifact_id
            and event_types.event_type = forge_days.event_type
    where
        repositories.is_mined
        and (
            event_types.event_type in ('COMMIT_CODE', 'AGENT_ASSISTED_COMMIT')
            or (
                event_types.event_type = 'RELEASE_PUBLISHED'
                and repositories.artifact_source <> 'GITHUB'
                and forge_days.artifact_id is null
            )
        )

),

-- A clone knows everything up to the day before it was made; of that day itself it knows a part.
by_git_known as (

    select
        git_types.artifact_id,
        git_types.artifact_source as event_source,
        git_types.event_type,
        horizon.start_date,
        least({{ add_days('git_types.observed_on', -1) }}, {{ as_of() }}) as end_date,
        1 as expected_per_day,
        1 as seen_per_day,
        'git' as basis
    from git_types
    cross join horizon
    where git_types.observed_on > horizon.start_date

),

by_git_unknown as (

    select
        git_types.artifact_id,
        git_types.artifact_source as event_source,
        git_types.event_type,
        greatest(git_types.observed_on, horizon.start_date) as start_date,
        {{ as_of() }} as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'git' as basis
    from git_types
    cross join horizon
    where git_types.observed_on <= {{ as_of() }}

),

counted as (

    select distinct to_artifact_id as artifact_id
    from {{ ref('int_events_daily') }}
    where
        event_type = 'WATCHER_COUNT'
        and basis = 'api'

),

-- A count is known on the days on which it was read and on no other.
by_snapshot as (

    select
        repositories.artifact_id,
        'GITHUB' as event_source,
        counts.event_type,
        horizon.start_date,
        {{ as_of() }} as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        case when counted.artifact_id is not null then 'api' else 'archive' end as basis
    from repositories
    cross join horizon
    cross join (
        select event_type
        from event_types
        where event_type in ('STAR_COUNT', 'FORK_COUNT', 'WATCHER_COUNT')
    ) as counts
    left join counted
        on repositories.artifact_id = counted.artifact_id
    where
        repositories.artifact_source = 'GITHUB'
        and (
            counts.event_type = 'STAR_COUNT'
            or counted.artifact_id is not null
        )

),

-- Every address of a network is known as well as the network's days.
by_chain as (

    select
        artifacts.artifact_id,
        artifacts.artifact_source as event_source,
        event_types.event_type,
        windows.start_date,
        windows.end_date,
        windows.expected_per_day,
        windows.seen_per_day,
        'api' as basis
    from {{ ref('int_artifacts') }} as artifacts
    inner join {{ ref('int_evm_windows') }} as windows
        on artifacts.artifact_source = windows.network
    cross join event_types
    where event_types.event_type like 'CONTRACT_INVOCATION%'

),

-- A figure of a protocol is known on the days for which the source has one.
by_figure as (

    select
        figures.artifact_id,
        'DEFILLAMA' as event_source,
        figures.figure as event_type,
        min(figures.day) as start_date,
        {{ as_of() }} as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'api' as basis
    from {{ ref('int_defillama_daily') }} as figures
    inner join {{ ref('int_artifacts') }} as artifacts
        on figures.artifact_id = artifacts.artifact_id
    where
        figures.chain = ''
        and figures.section = ''
    group by
        figures.artifact_id,
        figures.figure
    having min(figures.day) <= {{ as_of() }}

),

packages as (

    select artifact_id
    from {{ ref('int_artifacts') }}
    where artifact_type = 'PACKAGE'

),

-- Registries list every day of a range that they were asked for, so between the first and the last day all is known.
download_spans as (

    select
        packages.artifact_id,
        downloads.package_source as event_source,
        min(downloads.download_date) as first_day,
        max(downloads.download_date) as last_day
    from {{ ref('int_package_downloads') }} as downloads
    inner join packages
        on packages.artifact_id = {{ package_id('downloads.package_source', 'downloads.package_name') }}
    group by
        packages.artifact_id,
        downloads.package_source

),

-- A registry lists all versions of a package; of the day on which it was asked it knows a part.
version_spans as (

    select
        packages.artifact_id,
        known.package_source as event_source,
        horizon.start_date as first_day,
        {{ add_days(day_of('known.observed_at'), -1) }} as last_day
    from {{ ref('int_packages') }} as known
    inner join packages
        on known.package_id = packages.artifact_id
    cross join horizon

),

registry_spans as (

    select
        artifact_id,
        event_source,
        'DOWNLOADS' as event_type,
        first_day,
        last_day
    from download_spans
    {%- for event_type in [
        'PACKAGE_PUBLISHED', 'VERSION_PUBLISHED', 'DEPENDENCY_COUNT', 'DEVELOPMENT_DEPENDENCY_COUNT'
    ] %}
    union all
    select
        artifact_id,
        event_source,
        '{{ event_type }}' as event_type,
        first_day,
        last_day
    from version_spans
    {%- if event_type == 'DEVELOPMENT_DEPENDENCY_COUNT' %}
    where event_source in {{ registries_with_development_dependencies() }}
    {%- endif %}
    {%- endfor %}

),

by_registry_known as (

    select
        registry_spans.artifact_id,
        registry_spans.event_source,
        registry_spans.event_type,
        greatest(registry_spans.first_day, horizon.start_date) as start_date,
        least(registry_spans.last_day, {{ as_of() }}) as end_date,
        1 as expected_per_day,
        1 as seen_per_day,
        'registry' as basis
    from registry_spans
    cross join horizon
    where
        registry_spans.first_day <= least(registry_spans.last_day, {{ as_of() }})
        and registry_spans.last_day >= horizon.start_date

),

by_registry_unknown as (

    select
        registry_spans.artifact_id,
        registry_spans.event_source,
        registry_spans.event_type,
        horizon.start_date,
        least({{ add_days('registry_spans.first_day', -1) }}, {{ as_of() }}) as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'registry' as basis
    from registry_spans
    cross join horizon
    where registry_spans.first_day > horizon.start_date

    union all

    select
        registry_spans.artifact_id,
        registry_spans.event_source,
        registry_spans.event_type,
        greatest({{ add_days('registry_spans.last_day', 1) }}, horizon.start_date) as start_date,
        {{ as_of() }} as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'registry' as basis
    from registry_spans
    cross join horizon
    where registry_spans.last_day < {{ as_of() }}

),

-- Dependents are counted on the days on which somebody asked, and on no other.
by_dependents as (

    select distinct
        packages.artifact_id,
        'DEPS_DEV' as event_source,
        'DEPENDENT_COUNT' as event_type,
        horizon.start_date,
        {{ as_of() }} as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'registry' as basis
    from {{ ref('int_dependent_counts') }} as counts
    inner join packages
        on counts.package_id = packages.artifact_id
    cross join horizon

),

final as (

    select * from by_archive
    union all
    select * from before_archive
    union all
    select * from by_forge_known
    union all
    select * from by_forge_unknown
    union all
    select * from by_nobody
    union all
    select * from by_git_known
    union all
    select * from by_git_unknown
    union all
    select * from by_snapshot
    union all
    select * from by_chain
    union all
    select * from by_figure
    union all
    select * from by_registry_known
    union all
    select * from by_registry_unknown
    union all
    select * from by_dependents

)

select * from final
