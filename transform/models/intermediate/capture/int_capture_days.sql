with archive_hours as (

    select hour
    from {{ ref('int_archive_hours') }}

),

event_types as (

    select
        event_type,
        archive_since
    from {{ ref('event_types') }}
    where
        is_in_api
        and is_in_archive

),

told_ranges as (

    select
        coverage.artifact_id,
        coverage.event_type,
        coverage.complete_from,
        coverage.complete_to,
        event_types.archive_since
    from {{ ref('int_forge_coverage') }} as coverage
    inner join event_types
        on coverage.event_type = event_types.event_type
    where
        coverage.event_source = 'GITHUB'
        and coverage.complete_to is not null

),

{% set sources = {'archive': 'int_archive_activity', 'api': 'int_events__forge'} -%}
{% for source, model in sources.items() -%}
{{ source }}_events as (

    select distinct
        events.event_id,
        events.event_type,
        {{ day_of('events.time') }} as day
    from {{ ref(model) }} as events
    inner join told_ranges
        on
            events.to_artifact_id = told_ranges.artifact_id
            and events.event_type = told_ranges.event_type
    inner join archive_hours
        on archive_hours.hour = {{ hour_of('events.time') }}
    where
        events.event_source = 'GITHUB'
        and events.time <= told_ranges.complete_to
        and events.time >= coalesce(told_ranges.complete_from, events.time)
        and {{ day_of('events.time') }} >= coalesce(told_ranges.archive_since, {{ day_of('events.time') }})

),

{% endfor -%}

-- Only hours that both could see are compared: a file that is missing is a matter of coverage.
seen as (

    select
        coalesce(archive_events.event_type, api_events.event_type) as event_type,
        coalesce(api_events.day, archive_events.day) as day,
        archive_events.event_id is not null as is_in_archive,
        api_events.event_id is not null as is_in_api
    from archive_events
    full outer join api_events
        on archive_events.event_id = api_events.event_id

),

final as (

    select
        'GITHUB' as event_source,
        event_type,
        day,
        cast(sum(case when is_in_archive then 1 else 0 end) as bigint) as archive_count,
        cast(sum(case when is_in_api then 1 else 0 end) as bigint) as api_count,
        cast(sum(case when is_in_archive and is_in_api then 1 else 0 end) as bigint) as common_count
    from seen
    where day <= {{ as_of() }}
    group by
        event_type,
        day

)

select * from final
