{#- Rows of (name, what it says, what is looked at, what breaks it, what names a row). -#}
{%- set day = ["event_type", "event_source", "to_artifact_id", "bucket_day"] -%}
{%- set coverage = ["artifact_id", "event_source", "event_type", "start_date", "end_date"] -%}
{%- set figure = ["entity_type", "entity_id", "network"] -%}
{%- set rules = [
    ('events_are_not_in_the_future', 'No event is counted after the last complete day', 'events',
        "bucket_day > " ~ as_of(), day),
    ('events_have_possible_days', 'No event is counted before 1970', 'events', "bucket_day < cast('1970-01-01' as date)", day),
    ('events_are_counted', 'A day with events has at least one', 'events', "event_count is null or event_count < 1", day + ["event_count"]),
    ('events_are_of_known_types', 'Every event is of a type that the list of types has', 'typed_events', "known_type is null", day),
    ('events_belong_to_artifacts', 'Every event happened to an artifact of the directory', 'typed_events', "artifact_id is null", day),
    ('entity_ids_are_well_formed', 'Ids are 44 characters of base64', 'ids',
        "length(id) <> 44 or id not like '%='", ["entity_type", "id"]),
    ('members_of_collections_exist', 'Every member of a collection is a project', 'memberships', "known_project_id is null",
        ["collection_id", "project_id"]),
    ('coverage_runs_are_in_order', 'Coverage begins before it ends, and ends by the last complete day', 'coverage',
        "start_date > end_date or end_date > " ~ as_of(), coverage),
    ('coverage_counts_are_not_negative', 'Nothing is expected or seen a negative number of times', 'coverage',
        "expected_count < 0 or seen_count < 0", coverage + ["expected_count", "seen_count"]),
    ('silent_days_are_fully_seen', 'A day without events is a zero only if everything was seen', 'coverage',
        "state = 'zero' and seen_count < expected_count", coverage + ["expected_count", "seen_count"]),
    ('days_of_events_are_values', 'No day with a known amount is a zero', 'valued_days', "state = 'zero'", coverage + ["bucket_day"]),
    ('addresses_of_networks_add_up', 'New and returning addresses are the active ones, and so are those of high, medium and low activity',
        'networks', "new_address_count_90_days + returning_address_count_90_days <> address_count_90_days"
        ~ " or high_activity_address_count_90_days + medium_activity_address_count_90_days"
        ~ " + low_activity_address_count_90_days <> address_count_90_days", figure + ["address_count_90_days"]),
    ('figures_of_networks_fit', 'Figures of a window are at most those of all time, successes at most invocations', 'networks',
        "address_count_90_days > address_count or transaction_count_6_months > transaction_count"
        ~ " or transaction_count > contract_invocation_count"
        ~ " or active_contract_count_90_days > active_contract_count"
        ~ " or multi_project_address_count_90_days > all_network_multi_project_address_count_90_days"
        ~ " or all_network_multi_project_address_count_90_days > address_count_90_days",
        figure + ["address_count", "transaction_count"]),
    ('segments_hold_all_addresses', 'The segments of a project hold each of its addresses once', 'segments',
        "segment_address_count <> address_count", ["project_id", "network", "segment_address_count", "'of'", "address_count"]),
    ('funding_by_project_is_funding_by_pool', 'What projects received of a pool is what it gave to known projects', 'pools',
        "abs(coalesce(project_amount, 0) - coalesce(pool_amount, 0)) > 1e-6 * greatest(1, abs(coalesce(pool_amount, 0)))",
        ["event_source", "funder_name", "grant_pool_name", "project_amount", "'of'", "pool_amount"]),
] -%}

with events as (

    select * from {{ ref('int_events_daily') }}

),

event_types as (

    select event_type
    from {{ ref('event_types') }}

),

artifacts as (

    select artifact_id
    from {{ ref('int_artifacts') }}

),

event_pairs as (

    select
        event_type,
        event_source,
        to_artifact_id,
        min(bucket_day) as bucket_day
    from events
    group by
        event_type,
        event_source,
        to_artifact_id

),

typed_events as (

    select
        event_pairs.*,
        event_types.event_type as known_type,
        artifacts.artifact_id
    from event_pairs
    left join event_types
        on event_pairs.event_type = event_types.event_type
    left join artifacts
        on event_pairs.to_artifact_id = artifacts.artifact_id

),

ids as (

    select 'artifact' as entity_type, artifact_id as id from artifacts
    union all
    select 'project' as entity_type, project_id as id from {{ ref('int_projects') }}
    union all
    select 'collection' as entity_type, collection_id as id from {{ ref('int_collections') }}

),

memberships as (

    select
        members.collection_id,
        members.project_id,
        projects.project_id as known_project_id
    from {{ ref('int_projects_by_collection') }} as members
    left join {{ ref('int_projects') }} as projects
        on members.project_id = projects.project_id

),

coverage as (

    select * from {{ ref('int_coverage') }}

),

-- The last day of each series stands for the others, which would all have to be looked up.
last_days as (

    select
        event_type,
        to_artifact_id,
        max(bucket_day) as bucket_day
    from events
    where amount is not null
    group by
        event_type,
        to_artifact_id

),

valued_days as (

    select
        coverage.*,
        last_days.bucket_day
    from coverage
    inner join last_days
        on
            coverage.artifact_id = last_days.to_artifact_id
            and coverage.event_type = last_days.event_type
            and last_days.bucket_day between coverage.start_date and coverage.end_date

),

networks as (

    select * from {{ ref('int_onchain_metrics_by_network') }}

),

segment_counts as (

    select
        project_id,
        network,
        count(*) as segment_address_count
    from {{ ref('int_address_segments') }}
    group by
        project_id,
        network

),

segments as (

    select
        networks.entity_id as project_id,
        networks.network,
        networks.address_count,
        coalesce(segment_counts.segment_address_count, 0) as segment_address_count
    from networks
    left join segment_counts
        on
            networks.entity_id = segment_counts.project_id
            and networks.network = segment_counts.network
    where networks.entity_type = 'project'

),

by_project as (

    select
        event_source,
        funder_name,
        grant_pool_name,
        sum(amount) as project_amount
    from {{ ref('funding_by_project') }}
    group by
        event_source,
        funder_name,
        grant_pool_name

),

pools as (

    select
        pools.event_source,
        pools.funder_name,
        pools.grant_pool_name,
        coalesce(pools.amount, 0) - coalesce(pools.unknown_project_amount, 0) as pool_amount,
        by_project.project_amount
    from {{ ref('funding_by_pool') }} as pools
    left join by_project
        on
            pools.event_source = by_project.event_source
            and pools.funder_name = by_project.funder_name
            and pools.grant_pool_name = by_project.grant_pool_name

),

final as (
    {{ invariants(rules) }}
)

select * from final
