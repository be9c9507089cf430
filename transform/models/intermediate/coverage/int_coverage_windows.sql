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

archive_types as (

    select
        repositories.artifact_id,
        repositories.is_identified,
        event_types.event_type
    from repositories
    cross join event_types
    where
        repositories.artifact_source = 'GITHUB'
        and event_types.is_in_archive
        and not (repositories.is_mined and event_types.event_type = 'COMMIT_CODE')

),

-- What the archive tells of one repository it tells of all.
by_archive as (

    select
        archive_types.artifact_id,
        'GITHUB' as event_source,
        archive_types.event_type,
        archive_windows.start_date,
        archive_windows.end_date,
        archive_windows.expected_per_day,
        archive_windows.seen_per_day,
        'archive' as basis
    from archive_types
    cross join archive_windows
    where archive_types.is_identified

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
    where
        repositories.is_mined
        and (
            event_types.event_type = 'COMMIT_CODE'
            or (event_types.event_type = 'RELEASE_PUBLISHED' and repositories.artifact_source <> 'GITHUB')
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

-- A star count is known on the days on which it was read and on no other.
by_snapshot as (

    select
        repositories.artifact_id,
        'GITHUB' as event_source,
        'STAR_COUNT' as event_type,
        horizon.start_date,
        {{ as_of() }} as end_date,
        1 as expected_per_day,
        0 as seen_per_day,
        'archive' as basis
    from repositories
    cross join horizon
    where repositories.artifact_source = 'GITHUB'

),

final as (

    select * from by_archive
    union all
    select * from by_nobody
    union all
    select * from by_git_known
    union all
    select * from by_git_unknown
    union all
    select * from by_snapshot

)

select * from final
