{{ config(materialized='metric_table', cut='runs') }}
{%- set queries = metric_queries() -%}
{%- set people_sets = metric_people_sets(queries) -%}
{%- set from = metric_tail_from() %}
-- Large tables are named where they are read: an import that is read twice would be held in memory.
{%- set events = ref('int_metrics__events') %}
{%- set items = ref('int_metrics__items') %}
-- depends_on: {{ ref('int_metrics__changes') }}, {{ ref('int_metrics__changed_totals') }}
-- depends_on: {{ ref('int_metrics__affiliations') }}, {{ ref('int_metrics__closed_amounts') }}
-- depends_on: {{ ref('int_metrics__closed_person_amounts') }}, {{ ref('int_metrics__closed_people') }}
-- depends_on: {{ ref('int_metrics__closed_last_days') }}
with definitions as (

    select * from {{ ref('int_metrics__definitions') }}
    where kind = 'sql'

),

entity_types as (

    select
        entity_key,
        entity_type,
    from {{ ref('int_metrics__entities') }}

),

-- The artifacts of each entity, as entities of their own.
entity_parts as (

    select
        entity_artifacts.entity_key,
        artifacts.entity_key as part_key,
    from {{ ref('int_metrics__entity_artifacts') }} as entity_artifacts
    inner join {{ ref('int_metrics__entities') }} as artifacts
        on
            artifacts.entity_type = 'artifact'
            and artifacts.entity_id = entity_artifacts.artifact_id

),

buckets as (

    select * from {{ ref('int_metrics__buckets') }}
    {{ 'where last_day >= ' ~ from if from }}

),

-- Each bucket with its first and last day, and the first day of as many days before it.
bucket_spans as (

    select
        bucket_key,
        first_day,
        last_day,
        {{ add_days('first_day', '-(' ~ days_between('first_day', 'last_day') ~ ' + 1)') }} as first_day_before,
        {{ days_between("cast('1970-01-01' as date)", 'last_day') }} as last_day_number,
    from buckets

),

all_bucket_days as (

    select
        bucket_days.day,
        {{ days_between("cast('1970-01-01' as date)", 'bucket_days.day') }} as day_number,
        bucket_days.bucket_key,
        bucket_days.grain,
        spans.first_day,
        spans.last_day,
        spans.first_day_before,
        spans.last_day_number,
    from {{ ref('int_metrics__bucket_days') }} as bucket_days
    inner join bucket_spans as spans
        on spans.bucket_key = bucket_days.bucket_key

),

totals as (

    select bucket_key
    from buckets
    where grain = 'all'

),

{% if from -%}
changed_totals as (

    select
        definitions.metric_name,
        changed.metric_key,
        changed.entity_key,
    from {{ ref('int_metrics__changed_totals') }} as changed
    inner join definitions
        on definitions.metric_key = changed.metric_key

),

changed_entities as (

    select distinct entity_key
    from changed_totals

),

-- What is known of closed years stands for their events.
closed_amounts as {{ read_once() }} (

    select
        amounts.entity_key,
        amounts.event_type,
        amounts.sender_class_key,
        amounts.affiliation,
        amounts.organization_name,
        {{ add_days(metric_open_year(as_of()), -1) }} as day,
        amounts.amount,
    from {{ ref('int_metrics__closed_amounts') }} as amounts
    inner join changed_entities
        on changed_entities.entity_key = amounts.entity_key
    where {{ metric_part('amounts.entity_key') }}

),

{% endif -%}
{% for people in people_sets -%}
{%- set total = from and people.has_total -%}
-- {{ people.names | join(', ') }}
{% if total -%}
changed_{{ people.key }} as (

    select distinct entity_key
    from changed_totals
    where metric_name in ('{{ people.names | join("', '") }}')

),

-- Of all time: everybody as of the closed years, without those who did something since, and these as they are now.
open_person_amounts_{{ people.key }} as {{ read_once() }} (

    select
        seen.entity_key,
        seen.user_key,
        sum(seen.amount) as amount,
    from {{ events }} as seen
    inner join changed_{{ people.key }} as changed
        on changed.entity_key = seen.entity_key
    where
        {{ people.condition }}
        and seen.day >= {{ metric_open_year(as_of()) }}
        and {{ metric_part('seen.entity_key') }}
    group by
        seen.entity_key,
        seen.user_key

),

closed_person_amounts_{{ people.key }} as {{ read_once() }} (

    select
        closed.entity_key,
        closed.user_key,
        closed.amount,
    from {{ ref('int_metrics__closed_person_amounts') }} as closed
    inner join open_person_amounts_{{ people.key }} as opened
        on
            opened.entity_key = closed.entity_key
            and opened.user_key = closed.user_key
    where
        closed.people_set_key = {{ people.key }}
        and {{ metric_part('closed.entity_key') }}

),

person_totals_{{ people.key }} as (

    select
        entity_key,
        user_key,
        sum(amount) as amount,
    from (
        select * from open_person_amounts_{{ people.key }}
        union all
        select * from closed_person_amounts_{{ people.key }}
    ) as amounts
    group by
        entity_key,
        user_key

),

counted_people_{{ people.key }} as (

    select
        closed.entity_key,
        closed.amount,
        closed.person_count,
    from {{ ref('int_metrics__closed_people') }} as closed
    inner join changed_{{ people.key }} as changed
        on changed.entity_key = closed.entity_key
    where
        closed.people_set_key = {{ people.key }}
        and {{ metric_part('closed.entity_key') }}

    union all

    select
        entity_key,
        amount,
        -1 as person_count,
    from closed_person_amounts_{{ people.key }}

    union all

    select
        entity_key,
        amount,
        1 as person_count,
    from person_totals_{{ people.key }}

),

{% endif -%}
people_{{ people.key }} as {{ read_once() }} (

    select
        persons.entity_key,
        persons.bucket_key,
        persons.amount,
        count(*) as person_count,
    from (
        select
            seen.entity_key,
            bucket_days.bucket_key,
            seen.user_key,
            sum(seen.amount) as amount,
        from {{ events }} as seen
        inner join all_bucket_days as bucket_days
            on bucket_days.day = seen.day
        where
            {{ people.condition }}
            {{ 'and seen.day >= ' ~ metric_reach(people.grains) if from }}
            and {{ metric_part('seen.entity_key') }}
            and bucket_days.grain in ('{{ people.grains | join("', '") }}')
            {{ "and bucket_days.grain <> 'all'" if total }}
        group by
            seen.entity_key,
            bucket_days.bucket_key,
            seen.user_key
    ) as persons
    group by
        persons.entity_key,
        persons.bucket_key,
        persons.amount
    {%- if total %}

    union all

    select
        counted.entity_key,
        totals.bucket_key,
        counted.amount,
        sum(counted.person_count) as person_count,
    from counted_people_{{ people.key }} as counted
    cross join totals
    group by
        counted.entity_key,
        totals.bucket_key,
        counted.amount
    having sum(counted.person_count) <> 0
    {%- endif %}

),

{% endfor -%}
{% for query in queries -%}
{%- set sees_all = not from or query.needs == 'history' -%}
{#- In a tail, what the values for all time are made of, or none where no value is. -#}
{%- set total = query.total if from and not sees_all and 'all' in query.grains -%}
{%- set reach = metric_reach(query.grains, has_days_before=query.needs == 'before') if not sees_all -%}
{#- Of people who were active in what is made anew, the days of open years and the last one of closed years. -#}
{%- set reads_last_days = not sees_all and query.needs == 'last_day' -%}
{#- What reads other entities, too, is made as a whole. -#}
{%- set has_parts = query.is_per_entity -%}
{%- set classed = 'sender_class_key in (' ~ query.class_keys | join(', ') ~ ')' -%}
{{ query.name }} as (

    with {% if total -%}
    changed as (

        select entity_key
        from changed_totals
        where metric_name = '{{ query.name }}'

    ),

    {% endif -%}
    {% if reads_last_days -%}
    people as {{ read_once() }} (

        select distinct
            entity_key,
            user_key,
        from {{ events }}
        where
            {{ metric_of_types('event_type', query.event_types) }}
            and {{ classed }}
            and day >= {{ reach }}
            and {{ metric_part('entity_key', has_parts) }}

    ),

    {% endif -%}
    -- In a tail what the buckets that are made anew can see, and what totals need of the entities whose totals are.
    seen_events as (

        select entity_events.*
        from {{ events }} as entity_events
        where
            {{ metric_of_types('entity_events.event_type', query.event_types) }}
            and entity_events.{{ classed }}
            {{ 'and entity_events.day >= ' ~ reach if not sees_all }}
            and {{ metric_part('entity_events.entity_key', has_parts) }}
        {%- if total == 'events' %}

        union all

        select entity_events.*
        from {{ events }} as entity_events
        inner join changed
            on changed.entity_key = entity_events.entity_key
        where
            {{ metric_of_types('entity_events.event_type', query.event_types) }}
            and entity_events.{{ classed }}
            and entity_events.day < {{ reach }}
            and {{ metric_part('entity_events.entity_key', has_parts) }}
        {%- elif total == 'amounts' %}

        union all

        select entity_events.*
        from {{ events }} as entity_events
        inner join changed
            on changed.entity_key = entity_events.entity_key
        where
            {{ metric_of_types('entity_events.event_type', query.event_types) }}
            and entity_events.{{ classed }}
            and entity_events.day >= {{ metric_open_year(as_of()) }}
            and entity_events.day < {{ reach }}
            and {{ metric_part('entity_events.entity_key', has_parts) }}
        {%- elif reads_last_days %}

        union all

        select entity_events.*
        from {{ events }} as entity_events
        inner join people
            on
                people.entity_key = entity_events.entity_key
                and people.user_key = entity_events.user_key
        where
            {{ metric_of_types('entity_events.event_type', query.event_types) }}
            and entity_events.{{ classed }}
            and entity_events.day >= {{ metric_open_year(as_of()) }}
            and entity_events.day < {{ reach }}
            and {{ metric_part('entity_events.entity_key', has_parts) }}

        union all

        select
            last_days.entity_key,
            cast(null as {{ dbt.type_string() }}) as event_type,
            last_days.user_key,
            last_days.sender_class_key,
            last_days.last_day as day,
            cast(null as {{ dbt.type_float() }}) as amount,
        from {{ ref('int_metrics__closed_last_days') }} as last_days
        inner join people
            on
                people.entity_key = last_days.entity_key
                and people.user_key = last_days.user_key
        where
            last_days.metric_name = '{{ query.name }}'
            and {{ metric_part('last_days.entity_key', has_parts) }}
        {%- endif %}

    ),

    events as (

        select
            seen.entity_key,
            seen.event_type,
            seen.user_key,
            seen.day,
            {{ days_between("cast('1970-01-01' as date)", 'seen.day') }} as day_number,
            seen.amount,
            {{ metric_user_class('seen.sender_class_key') }} as user_class,
            {%- if 'affiliation' in query.sql %}
            {{ metric_affiliation() }},
            {%- endif %}
        from seen_events as seen
        {{ metric_affiliation_of('seen') if 'affiliation' in query.sql }}
        {%- if total == 'amounts' %}

        union all

        select
            amounts.entity_key,
            amounts.event_type,
            cast(null as integer) as user_key,
            amounts.day,
            {{ days_between("cast('1970-01-01' as date)", 'amounts.day') }} as day_number,
            amounts.amount,
            {{ metric_user_class('amounts.sender_class_key') }} as user_class,
            {%- if 'affiliation' in query.sql %}
            amounts.affiliation,
            amounts.organization_name,
            {%- endif %}
        from closed_amounts as amounts
        inner join changed
            on changed.entity_key = amounts.entity_key
        where
            {{ metric_of_types('amounts.event_type', query.event_types) }}
            and amounts.{{ classed }}
            and {{ metric_part('amounts.entity_key', has_parts) }}
        {%- endif %}

    ),

    items as (

        select entity_items.*
        from {{ items }} as entity_items
        {%- if total == 'events' %}
        left join changed
            on changed.entity_key = entity_items.entity_key
        {%- endif %}
        where
            entity_items.{{ classed }}
            and {{ metric_part('entity_items.entity_key', has_parts) }}
            {%- if not sees_all %}
            and (
                entity_items.opened_day >= {{ reach }}
                or entity_items.responded_day >= {{ reach }}
                or entity_items.merged_day >= {{ reach }}
                or entity_items.closed_day >= {{ reach }}
                {{ 'or changed.entity_key is not null' if total == 'events' }}
            )
            {%- endif %}

    ),

    bucket_days as (

        select * from all_bucket_days
        where
            grain in ('{{ query.grains | join("', '") }}')
            {{ "and grain <> 'all'" if total == 'years' }}

    ),

    {% if query.people_set -%}
    people_by_amount as (

        select * from people_{{ query.people_set }}

    ),

    {% endif -%}
    result as {{ read_once() if total == 'years' }} (

        {{ query.sql }}

    )

    select
        entity_key,
        bucket_key,
        amount,
    from result
    where {{ metric_part('result.entity_key', has_parts) }}
    {%- if total == 'years' %}

    union all

    select
        years.entity_key,
        totals.bucket_key,
        sum(years.amount) as amount,
    from (
        select
            result.entity_key,
            result.amount,
        from result
        inner join buckets
            on buckets.bucket_key = result.bucket_key
        where buckets.grain = 'year'

        union all

        select
            runs.entity_key,
            runs.amount,
        from {{ this }} as runs
        inner join definitions
            on definitions.metric_key = runs.metric_key
        where
            definitions.metric_name = '{{ query.name }}'
            and {{ metric_is_year_before('runs.grain', 'runs.start_date', from) }}
    ) as years
    inner join changed
        on changed.entity_key = years.entity_key
    cross join totals
    where {{ metric_part('years.entity_key', has_parts) }}
    group by
        years.entity_key,
        totals.bucket_key
    {%- endif %}

),

{% endfor -%}

results as (

    {% for query in queries -%}
    select
        '{{ query.name }}' as metric_name,
        entity_key,
        bucket_key,
        amount,
    from {{ query.name }}

    union all

    {% endfor -%}
    select
        metric_name,
        metric_key as entity_key,
        metric_key as bucket_key,
        0 as amount,
    from definitions
    where false

),

final as (

    select
        definitions.metric_key,
        results.entity_key,
        buckets.grain,
        buckets.bucket as start_date,
        buckets.bucket as end_date,
        cast(results.amount as double) as amount,
    from results
    inner join definitions
        on definitions.metric_name = results.metric_name
    inner join buckets
        on buckets.bucket_key = results.bucket_key
    {%- if from %}
    left join changed_totals
        on
            changed_totals.metric_key = definitions.metric_key
            and changed_totals.entity_key = results.entity_key
    {%- endif %}
    where
        (results.amount <> 0 or not definitions.is_zero_if_absent)
        {%- if from %}
        and (buckets.grain <> 'all' or not definitions.has_lasting_totals or changed_totals.entity_key is not null)
        {%- endif %}

)

select * from final
{{ metric_runs_laid_out() }}
