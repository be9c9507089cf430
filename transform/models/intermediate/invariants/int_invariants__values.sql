{#- Rows of (name, what it says, what is looked at, what breaks it, what names a row). -#}
{%- set value = ["metric_name", "entity_type", "entity_id", "grain", "'is'", "amount"] -%}
{%- set run = ["metric_name", "entity_type", "entity_id", "grain", "start_date", "'is'", "amount"] -%}
{%- set windows = metric_windows() | list -%}
{%- set rules = [
    ('states_are_known', 'A state is value, zero or unknown', 'current_values',
        "state not in ('value', 'zero', 'unknown')", value + ["state"]),
    ('unknown_has_no_amount', 'What is unknown has no amount', 'current_values',
        "state = 'unknown' and amount is not null", value),
    ('values_have_amounts', 'What is a value has an amount', 'current_values',
        "state = 'value' and amount is null", value),
    ('zeros_are_covered', 'Zero is said only where everything was seen', 'current_values',
        "state = 'zero' and (amount is null or amount <> 0 or coverage_ratio < 1)", value + ["'coverage'", "coverage_ratio"]),
    ('coverage_is_a_share', 'Coverage lies between 0 and 1', 'current_values',
        "coverage_ratio is null or coverage_ratio < 0 or coverage_ratio > 1", value + ["'coverage'", "coverage_ratio"]),
    ('covered_days_are_in_order', 'Covered days are in order and not after the last complete day', 'current_values',
        "covered_from > covered_to or covered_to > sample_date", value + ["covered_from", "covered_to"]),
    ('covered_values_have_days', 'Coverage above 0 has a first and a last day', 'current_values',
        "coverage_ratio > 0 and (covered_from is null or covered_to is null)", value),
    ('samples_are_of_one_day', 'All current values are of the last complete day', 'current_values',
        "sample_date <> " ~ as_of(), value + ["sample_date"]),
    ('windows_grow', 'A longer window with the same end has no fewer people', 'side_by_side',
        "is_people and not (coalesce(rolling_30_days_amount, 0) <= coalesce(rolling_90_days_amount, 0)"
        ~ " and coalesce(rolling_90_days_amount, 0) <= coalesce(rolling_180_days_amount, 0)"
        ~ " and coalesce(rolling_180_days_amount, 0) <= coalesce(all_amount, 0))",
        ["metric_name", "entity_type", "entity_id", "'has'", "rolling_30_days_amount", "rolling_90_days_amount",
         "rolling_180_days_amount", "all_amount"]),
    ('sums_of_counts_grow', 'A longer window with the same end has no smaller sum of counts', 'side_by_side',
        "is_count and not (coalesce(rolling_30_days_amount, 0) <= coalesce(rolling_90_days_amount, 0)"
        ~ " and coalesce(rolling_90_days_amount, 0) <= coalesce(rolling_180_days_amount, 0)"
        ~ " and coalesce(rolling_180_days_amount, 0) <= coalesce(all_amount, 0))",
        ["metric_name", "entity_type", "entity_id", "'has'", "rolling_30_days_amount", "rolling_90_days_amount",
         "rolling_180_days_amount", "all_amount"]),
    ('levels_are_the_same_in_all_windows', 'The last known value does not depend on the window', 'side_by_side',
        "is_level and (rolling_30_days_amount <> all_amount or rolling_90_days_amount <> all_amount"
        ~ " or rolling_180_days_amount <> all_amount)",
        ["metric_name", "entity_type", "entity_id", "'has'", "rolling_30_days_amount", "rolling_90_days_amount",
         "rolling_180_days_amount", "all_amount"]),
    ('all_grains_are_told', 'A metric of an entity has a row for each window and for all time', 'side_by_side',
        "grain_count <> " ~ (windows | length + 1), ["metric_name", "entity_type", "entity_id", "'has grains'", "grain_count"]),
    ('new_are_among_active', 'New people are among those who were active', 'new_and_active',
        "new_amount > active_amount", ["metric_name", "entity_type", "entity_id", "grain", "'is'", "new_amount", "'of'", "active_amount"]),
    ('everybody_was_new_once', 'Over all time as many people were new as were active', 'new_and_active',
        "grain = 'all' and new_amount <> active_amount",
        ["metric_name", "entity_type", "entity_id", "grain", "'is'", "new_amount", "'of'", "active_amount"]),
    ('people_are_at_most_events', 'There are no more people than events', 'people_and_events',
        "amount > coalesce(event_count, 0)", ["metric_name", "entity_type", "entity_id", "'is'", "amount", "'of'", "event_count"]),
    ('ratios_divide', 'A ratio is its numerator by its denominator', 'ratios',
        "abs(amount - coalesce(numerator_amount, 0) / nullif(denominator_amount, 0)) > 1e-9 * greatest(1, abs(amount))"
        ~ " or denominator_amount is null", value + ["'of'", "numerator_amount", "denominator_amount"]),
    ('parts_of_people_add_up', 'Full-time and part-time developers together are the active ones', 'number_sets',
        "full_time + part_time <> active_developers", ["entity_type", "entity_id", "grain", "'has'", "full_time", "part_time", "active_developers"]),
    ('new_and_returning_addresses_add_up', 'New and returning addresses together are the active ones', 'number_sets',
        "new_addresses + returning_addresses <> active_addresses",
        ["entity_type", "entity_id", "grain", "'has'", "new_addresses", "returning_addresses", "active_addresses"]),
    ('addresses_by_activity_add_up', 'Addresses of high, medium and low activity together are the active ones', 'number_sets',
        "grain = 'rolling_90_days' and high + medium + low <> active_addresses",
        ["entity_type", "entity_id", "grain", "'has'", "high", "medium", "low", "active_addresses"]),
    ('successes_are_among_invocations', 'There are no more successful transactions than invocations', 'number_sets',
        "transactions > invocations", ["entity_type", "entity_id", "grain", "'has'", "transactions", "invocations"]),
    ('collections_hold_their_projects', 'A collection has at least the people of its largest project and at most those of all', 'collection_parts',
        "amount < largest_part or amount > sum_of_parts", ["metric_name", "collection_id", "'is'", "amount", "'parts'", "largest_part", "sum_of_parts"]),
    ('buckets_are_not_in_the_future', 'No bucket begins after the last complete day', 'named_runs',
        "start_date > " ~ as_of() ~ " or end_date > " ~ as_of(), run),
    ('runs_are_in_order', 'A run of buckets ends no earlier than it begins', 'named_runs', "end_date < start_date", run),
    ('buckets_begin_where_calendars_say', 'Weeks begin on Monday; months, quarters and years on their first day', 'named_runs',
        "(grain = 'week' and start_date <> " ~ metric_bucket('week', 'start_date') ~ ")"
        ~ " or (grain = 'month' and start_date <> " ~ metric_bucket('month', 'start_date') ~ ")"
        ~ " or (grain = 'quarter' and start_date <> " ~ metric_bucket('quarter', 'start_date') ~ ")"
        ~ " or (grain = 'year' and start_date <> " ~ metric_bucket('year', 'start_date') ~ ")", run),
    ('totals_are_of_the_last_day', 'Totals over all time are as of the last complete day', 'named_runs',
        "grain = 'all' and (start_date <> " ~ as_of() ~ " or end_date <> " ~ as_of() ~ ")", run),
    ('amounts_are_numbers', 'Every value is a finite number', 'named_runs',
        "amount is null or not (abs(amount) < 1e300)", run),
    ('numbers_of_people_are_whole', 'A number of people is a whole number above 0', 'named_runs',
        "kind = 'distinct' and (amount <> floor(amount) or amount < 0)", run),
    ('grains_are_defined', 'A metric has values at those grains alone that its definition lists', 'named_runs',
        "grain_key is null", run),
] -%}

with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

current_values as (

    select * from {{ ref('key_metrics') }}

),

metric_grains as (

    select
        definitions.metric_key,
        each_grain.grain,
    from definitions
    {{ metric_each('definitions.grains', 'each_grain', 'grain') }}

),

-- A run may be cut anywhere between two of its buckets, so buckets are counted.
named_runs as (

    select
        definitions.metric_name,
        definitions.kind,
        entities.entity_type,
        entities.entity_id,
        runs.grain,
        runs.start_date,
        runs.end_date,
        runs.amount,
        metric_grains.metric_key as grain_key,
        case
            when runs.grain like 'rolling%' then last_ends.position - first_ends.position + 1
            else {{ days_between('runs.start_date', 'runs.end_date') }} + 1
        end as bucket_count,
    from {{ ref('int_metrics__runs') }} as runs
    left join {{ ref('int_metrics__window_ends') }} as first_ends
        on first_ends.day = runs.start_date
    left join {{ ref('int_metrics__window_ends') }} as last_ends
        on last_ends.day = runs.end_date
    left join definitions
        on definitions.metric_key = runs.metric_key
    left join entities
        on entities.entity_key = runs.entity_key
    left join metric_grains
        on
            metric_grains.metric_key = runs.metric_key
            and metric_grains.grain = runs.grain

),

side_by_side as (

    select
        current_values.metric_name,
        current_values.entity_type,
        current_values.entity_id,
        definitions.kind = 'distinct' and definitions.min_active_days = 1 and definitions.max_active_days is null as is_people,
        definitions.kind = 'sum' and definitions.unit <> 'USD' as is_count,
        definitions.kind = 'latest' as is_level,
        count(*) as grain_count,
        {% for grain in windows + ['all'] -%}
        max(case when current_values.grain = '{{ grain }}' then current_values.amount end) as {{ grain }}_amount
        {{- ',' if not loop.last }}
        {% endfor -%}
    from current_values
    inner join definitions
        on definitions.metric_name = current_values.metric_name
    group by
        current_values.metric_name,
        current_values.entity_type,
        current_values.entity_id,
        definitions.kind,
        definitions.unit,
        definitions.min_active_days,
        definitions.max_active_days

),

{# The same people, once when they were new and once whenever they were active. -#}
pairs as (

    select
        newcomers.metric_name as new_name,
        active.metric_name as active_name,
    from definitions as newcomers
    inner join definitions as active
        on
            active.event_set_key = newcomers.event_set_key
            and {{ metric_json('active.user_classes') }} = {{ metric_json('newcomers.user_classes') }}
    where
        newcomers.kind = 'distinct'
        and newcomers.is_first_only
        and active.kind = 'distinct'
        and not active.is_first_only
        and active.min_active_days = 1
        and active.max_active_days is null

),

new_and_active as (

    select
        newcomers.metric_name,
        newcomers.entity_type,
        newcomers.entity_id,
        newcomers.grain,
        newcomers.amount as new_amount,
        coalesce(active.amount, 0) as active_amount,
    from current_values as newcomers
    inner join pairs
        on pairs.new_name = newcomers.metric_name
    left join current_values as active
        on
            active.metric_name = pairs.active_name
            and active.entity_type = newcomers.entity_type
            and active.entity_id = newcomers.entity_id
            and active.grain = newcomers.grain
    where newcomers.state = 'value'

),

artifact_counts as (

    select
        to_artifact_id as artifact_id,
        event_type,
        sum(event_count) as event_count,
    from {{ ref('int_events_daily') }}
    where bucket_day <= {{ as_of() }}
    group by
        to_artifact_id,
        event_type

),

entity_counts as (

    select
        entity_artifacts.entity_key,
        artifact_counts.event_type,
        sum(artifact_counts.event_count) as event_count,
    from artifact_counts
    inner join {{ ref('int_metrics__entity_artifacts') }} as entity_artifacts
        on entity_artifacts.artifact_id = artifact_counts.artifact_id
    group by
        entity_artifacts.entity_key,
        artifact_counts.event_type

),

metric_counts as (

    select
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id,
        sum(entity_counts.event_count) as event_count,
    from definitions
    {{ metric_each('definitions.event_types', 'each_type', 'event_type') }}
    inner join entity_counts
        on entity_counts.event_type = each_type.event_type
    inner join entities
        on entities.entity_key = entity_counts.entity_key
    where definitions.kind = 'distinct'
    group by
        definitions.metric_name,
        entities.entity_type,
        entities.entity_id

),

people_and_events as (

    select
        current_values.metric_name,
        current_values.entity_type,
        current_values.entity_id,
        current_values.amount,
        metric_counts.event_count,
    from current_values
    inner join definitions
        on
            definitions.metric_name = current_values.metric_name
            and definitions.kind = 'distinct'
    left join metric_counts
        on
            metric_counts.metric_name = current_values.metric_name
            and metric_counts.entity_type = current_values.entity_type
            and metric_counts.entity_id = current_values.entity_id
    where
        current_values.grain = 'all'
        and current_values.state = 'value'

),

ratios as (

    select
        current_values.metric_name,
        current_values.entity_type,
        current_values.entity_id,
        current_values.grain,
        current_values.amount,
        numerators.amount as numerator_amount,
        denominators.amount as denominator_amount,
    from current_values
    inner join definitions
        on
            definitions.metric_name = current_values.metric_name
            and definitions.kind = 'ratio'
    left join current_values as numerators
        on
            numerators.metric_name = definitions.numerator
            and numerators.entity_type = current_values.entity_type
            and numerators.entity_id = current_values.entity_id
            and numerators.grain = current_values.grain
    left join current_values as denominators
        on
            denominators.metric_name = definitions.denominator
            and denominators.entity_type = current_values.entity_type
            and denominators.entity_id = current_values.entity_id
            and denominators.grain = current_values.grain
    where current_values.state = 'value'

),

{% set group_metrics = {
    'full_time': 'full_time_developers',
    'part_time': 'part_time_developers',
    'active_developers': 'active_developers',
    'new_addresses': 'new_addresses',
    'returning_addresses': 'returning_addresses',
    'active_addresses': 'active_addresses',
    'high': 'high_activity_addresses',
    'medium': 'medium_activity_addresses',
    'low': 'low_activity_addresses',
    'transactions': 'transactions',
    'invocations': 'contract_invocations',
} -%}
number_sets as (

    select
        entity_type,
        entity_id,
        grain,
        {% for name, metric in group_metrics.items() -%}
        coalesce(max(case when metric_name = '{{ metric }}' then amount end), 0) as {{ name }}
        {{- ',' if not loop.last }}
        {% endfor -%}
    from current_values
    where
        grain in ('{{ windows | join("', '") }}')
        and metric_name in ('{{ group_metrics.values() | join("', '") }}')
    group by
        entity_type,
        entity_id,
        grain

),

collection_parts as (

    select
        wholes.metric_name,
        wholes.entity_id as collection_id,
        wholes.amount,
        max(parts.amount) as largest_part,
        sum(parts.amount) as sum_of_parts,
    from current_values as wholes
    inner join definitions
        on
            definitions.metric_name = wholes.metric_name
            and definitions.kind = 'distinct'
            and definitions.min_active_days = 1
            and definitions.max_active_days is null
    inner join {{ ref('int_projects_by_collection') }} as members
        on members.collection_id = wholes.entity_id
    inner join current_values as parts
        on
            parts.metric_name = wholes.metric_name
            and parts.entity_type = 'project'
            and parts.entity_id = members.project_id
            and parts.grain = wholes.grain
    where
        wholes.entity_type = 'collection'
        and wholes.grain = 'all'
        and wholes.state = 'value'
    group by
        wholes.metric_name,
        wholes.entity_id,
        wholes.amount

),

final as (
    {{ invariants(rules, counted={'named_runs': 'coalesce(sum(bucket_count), 0)'}) }}
)

select * from final
