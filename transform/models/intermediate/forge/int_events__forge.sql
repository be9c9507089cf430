{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_forge_events') }}

),

{{ account_names() }},

repositories as (

    select
        repositories.repository_id,
        repositories.artifact_id
    from {{ ref('int_repositories') }} as repositories
    inner join {{ ref('int_artifacts') }} as artifacts
        on repositories.artifact_id = artifacts.artifact_id
    where repositories.artifact_source = 'GITHUB'

),

counters as (

    select
        repositories.repository_id,
        repositories.artifact_id,
        counters.day,
        counters.stargazers_count,
        counters.forks_count,
        counters.watchers_count,
        counters.observed_at,
        counters.record_ref
    from {{ ref('stg_github__counters') }} as counters
    inner join repositories
        on counters.id = repositories.repository_id

),

counts as (

    select
        *,
        'STAR_COUNT' as event_type,
        stargazers_count as amount
    from counters
    union all
    select
        *,
        'FORK_COUNT' as event_type,
        forks_count as amount
    from counters
    union all
    select
        *,
        'WATCHER_COUNT' as event_type,
        watchers_count as amount
    from counters

),

final as (

    select
        {{ entity_id(['events.event_source', 'events.event_type', 'events.event_key']) }} as event_id,
        events.time,
        events.event_type,
        events.event_source,
        events.to_artifact_id,
        case
            when events.event_source = 'GITHUB' then coalesce(numbers.user_id, logins.user_id)
            else {{ entity_id(['events.event_source', 'events.login', 'events.login']) }}
        end as from_artifact_id,
        cast(1 as double) as amount,
        events.event_key as event_source_id,
        events.observed_at,
        events.record_ref
    from events
    left join numbers
        on case when events.event_source = 'GITHUB' then events.account_id end = numbers.account_id
    left join logins
        on case when events.event_source = 'GITHUB' then events.login end = logins.alias_login
    union all
    select
        {{ entity_id([
            "'GITHUB'",
            'event_type',
            'cast(repository_id as varchar)',
            'cast(day as varchar)'
        ]) }} as event_id,
        -- A count belongs to the day that it names, also where it was stored after midnight.
        case
            when {{ day_of('observed_at') }} = day then observed_at
            else cast(day as timestamp)
        end as time,
        event_type,
        'GITHUB' as event_source,
        artifact_id as to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast(amount as double) as amount,
        cast(repository_id as varchar) || '@' || cast(day as varchar) as event_source_id,
        observed_at,
        record_ref
    from counts
    where amount is not null

)

select * from final
