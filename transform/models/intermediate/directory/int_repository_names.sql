with listings as (

    select * from {{ ref('stg_oss_directory__project_artifacts') }}
    where artifact_source = 'GITHUB'

),

wanted_owners as (

    select distinct artifact_namespace
    from listings
    where is_owner

),

wanted_names as (

    select
        artifact_namespace,
        artifact_name
    from listings
    where not is_owner
    union distinct
    select
        artifact_namespace,
        artifact_name
    from {{ ref('stg_git__repositories') }}
    where artifact_source = 'GITHUB'

),

api_repositories as (

    select * from {{ ref('stg_github__repositories') }}

),

api_sightings as (

    select
        id as repository_id,
        full_name,
        first_observed_at as seen_at
    from {{ ref('stg_github__repository_names') }}
    union all
    select
        id as repository_id,
        full_name,
        last_observed_at as seen_at
    from {{ ref('stg_github__repository_names') }}
    union all
    select
        id as repository_id,
        full_name,
        observed_at as seen_at
    from api_repositories
    union all
    -- Whoever answers to another name than it was asked by had that one before; since when, nobody says.
    select
        id as repository_id,
        requested_full_name as full_name,
        created_at as seen_at
    from api_repositories
    where
        lower(requested_full_name) <> lower(full_name)
        and created_at is not null

),

api_names as (

    select
        repository_id,
        lower({{ text_part('full_name', '/', 1) }}) as repository_namespace,
        lower({{ text_part('full_name', '/', 2) }}) as repository_name,
        seen_at
    from api_sightings
    where
        repository_id is not null
        and full_name like '%/%'
        and seen_at is not null

),

named_events as (

    select
        repository_id,
        repository_namespace,
        repository_name,
        created_at,
        file_name,
        file_line
    from {{ ref('int_archive_events') }}
    where
        repository_id is not null
        and repository_name <> ''
    union all
    select
        forkee_id as repository_id,
        forkee_namespace as repository_namespace,
        forkee_name as repository_name,
        created_at,
        file_name,
        file_line
    from {{ ref('int_archive_events') }}
    where
        forkee_id is not null
        and forkee_name <> ''
    union all
    select
        repository_id,
        repository_namespace,
        repository_name,
        seen_at as created_at,
        '' as file_name,
        cast(0 as bigint) as file_line
    from api_names

),

-- A repository matters if it ever had a name that is listed or mined, or a listed owner.
relevant_ids as (

    select named_events.repository_id
    from named_events
    inner join wanted_owners
        on named_events.repository_namespace = wanted_owners.artifact_namespace
    union distinct
    select named_events.repository_id
    from named_events
    inner join wanted_names
        on
            named_events.repository_namespace = wanted_names.artifact_namespace
            and named_events.repository_name = wanted_names.artifact_name

),

relevant_names as (

    select distinct
        named_events.repository_namespace,
        named_events.repository_name
    from named_events
    inner join relevant_ids
        on named_events.repository_id = relevant_ids.repository_id

),

-- Whoever else had one of these names takes part too: the last holder of a name is the one that is meant by it.
sightings as (

    select
        named_events.repository_id,
        named_events.repository_namespace,
        named_events.repository_name,
        min(named_events.created_at) as first_seen_at,
        max(named_events.created_at) as last_seen_at
    from named_events
    inner join relevant_names
        on
            named_events.repository_namespace = relevant_names.repository_namespace
            and named_events.repository_name = relevant_names.repository_name
    group by
        named_events.repository_id,
        named_events.repository_namespace,
        named_events.repository_name

),

renamed_ids as (

    select repository_id
    from sightings
    group by repository_id
    having count(*) > 1

),

steps as (

    select
        named_events.repository_id,
        named_events.repository_namespace,
        named_events.repository_name,
        named_events.created_at,
        named_events.file_name,
        named_events.file_line,
        lag(named_events.repository_namespace || '/' || named_events.repository_name) over (
            partition by named_events.repository_id
            order by named_events.created_at, named_events.file_name, named_events.file_line
        ) as previous_name
    from named_events
    inner join renamed_ids
        on named_events.repository_id = renamed_ids.repository_id

),

numbered_steps as (

    select
        repository_id,
        repository_namespace,
        repository_name,
        created_at,
        cast(
            sum(
                case
                    when previous_name = repository_namespace || '/' || repository_name then 0
                    else 1
                end
            ) over (
                partition by repository_id
                order by created_at, file_name, file_line
                rows between unbounded preceding and current row
            ) as bigint
        ) as period_number
    from steps

),

periods as (

    select
        repository_id,
        repository_namespace,
        repository_name,
        period_number,
        min(created_at) as first_seen_at,
        max(created_at) as last_seen_at
    from numbered_steps
    group by
        repository_id,
        repository_namespace,
        repository_name,
        period_number
    union all
    select
        sightings.repository_id,
        sightings.repository_namespace,
        sightings.repository_name,
        1 as period_number,
        sightings.first_seen_at,
        sightings.last_seen_at
    from sightings
    left join renamed_ids
        on sightings.repository_id = renamed_ids.repository_id
    where renamed_ids.repository_id is null

),

ranked as (

    select
        repository_id,
        repository_namespace,
        repository_name,
        period_number,
        first_seen_at,
        last_seen_at,
        lead(first_seen_at) over (
            partition by repository_id
            order by period_number
        ) as renamed_at,
        row_number() over (
            partition by repository_id
            order by period_number desc
        ) as recency_of_name,
        row_number() over (
            partition by repository_namespace, repository_name
            order by last_seen_at desc, repository_id desc
        ) as recency_of_holder,
        lead(first_seen_at) over (
            partition by repository_namespace, repository_name
            order by last_seen_at, repository_id
        ) as taken_over_at
    from periods

),

final as (

    select
        repository_id,
        repository_namespace,
        repository_name,
        period_number,
        first_seen_at,
        last_seen_at,
        case when period_number > 1 then first_seen_at end as valid_from,
        coalesce(renamed_at, taken_over_at) as valid_to,
        recency_of_name = 1 as is_latest_name,
        recency_of_holder = 1 as is_latest_holder
    from ranked

)

select * from final
