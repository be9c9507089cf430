{{ config(meta={'reads_itself': true}) }}
{#- Read by name: these are the tables of the build before, of which the new ones are made. -#}
{%- set before = load_relation(this) if execute else none -%}
{%- set users_before = load_relation(this.incorporate(path={'identifier': 'int_metrics__users'})) if execute else none -%}
{%- set affiliations_before = load_relation(this.incorporate(path={'identifier': 'int_metrics__affiliations'})) if execute else none -%}

{% if target.type == 'duckdb' -%}
with days as (

    select * from {{ ref('int_metrics__days') }}

),

users as (

    select * from {{ ref('int_users') }}

),

definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

entities as (

    select * from {{ ref('int_metrics__entities') }}

),

entity_artifacts as (

    select * from {{ ref('int_metrics__entity_artifacts') }}

),

user_classes as (

    select
        user_id,
        {{ metric_class_key('user_class') }} as sender_class_key,
    from users

),

-- From which day on somebody belongs to which organization, or to none that is known.
affiliation_turns as (

    {{ metric_affiliation_turns(ref('int_affiliations')) }}

),

-- Whatever else changes, all days are made anew.
fixed as (

    select
        (select {{ digest_of(row_hash(['metric_key', 'metric_name', 'definition_yaml', 'sql'])) }} from definitions)
        || (select {{ digest_of(row_hash(['entity_key', 'entity_type', 'entity_id'])) }} from entities)
        || (select {{ digest_of(row_hash(['entity_key', 'artifact_id'])) }} from entity_artifacts)
        || '{{ build_variable("project_digest") }}' as fixed_digest,
        (select {{ digest_of(row_hash(['user_id', 'sender_class_key'])) }} from user_classes) as users_digest,
        (
            select {{ digest_of(row_hash(['user_id', 'day', 'organization_name', 'is_independent'])) }}
            from affiliation_turns
        ) as affiliations_digest,

),

restated as (

    select min(day) as first_day
    from days
    where coalesce(digest, '') <> coalesce(digest_before, '')

),

all_days as (

    select
        (select {{ digest_of(row_hash(['day', 'digest'])) }} from days where digest is not null) as days_digest,
        (
            select {{ digest_of(row_hash(['day', 'digest_before'])) }} from days where digest_before is not null
        ) as days_digest_before,

),

before as (

    {% if before -%}
    select state, as_of, days_digest, fixed_digest from {{ before }}
    {%- else -%}
    select '' as state, {{ as_of() }} as as_of, '' as days_digest, '' as fixed_digest
    where false
    {%- endif %}

),

{% if before and affiliations_before -%}
turns_before as (

    {{ metric_affiliation_turns(affiliations_before) }}

),

{% endif -%}
reclassified as (

    {% if users_before -%}
    select min(users_before.first_day) as first_day
    from {{ users_before }} as users_before
    left join user_classes
        on user_classes.user_id = users_before.user_id
    where users_before.sender_class_key <> coalesce(user_classes.sender_class_key, {{ metric_user_classes()['person'] }})
    {%- else -%}
    select cast(null as date) as first_day
    {%- endif %}

),

-- What the build before knew, up to its last day; later turns are on days that are new anyway.
reaffiliated as (

    {% if before and affiliations_before -%}
    select min(turns.day) as first_day
    from (
        (select * from affiliation_turns except select * from turns_before)
        union all
        (select * from turns_before except select * from affiliation_turns)
    ) as turns
    inner join before
        on turns.day <= before.as_of
    {%- else -%}
    select cast(null as date) as first_day
    {%- endif %}

),

compared as (

    select
        all_days.days_digest,
        fixed.fixed_digest,
        {{ metric_state([
            as_of(),
            'all_days.days_digest',
            'fixed.fixed_digest',
            'fixed.users_digest',
            'fixed.affiliations_digest'
        ]) }} as state,
        before.state as state_before,
        case
            -- The days were compared with those of which the tables were made, or are these themselves.
            when all_days.days_digest_before = before.days_digest or all_days.days_digest = before.days_digest
                then least(
                    case
                        when all_days.days_digest <> before.days_digest
                            then coalesce(restated.first_day, {{ as_of() }})
                        else {{ as_of() }}
                    end,
                    coalesce(reclassified.first_day, {{ as_of() }}),
                    coalesce(reaffiliated.first_day, {{ as_of() }}),
                    {{ add_days('before.as_of', 1) }},
                    {{ as_of() }}
                )
        end as first_changed_day,
        before.fixed_digest = fixed.fixed_digest and before.as_of <= {{ as_of() }} as is_comparable,
    from all_days
    cross join fixed
    cross join restated
    cross join reclassified
    cross join reaffiliated
    left join before
        on true

),

final as (

    select
        {{ as_of() }} as as_of,
        state,
        state_before,
        days_digest,
        fixed_digest,
        case
            when is_comparable and first_changed_day >= {{ add_days(as_of(), -metric_tail_days()) }}
                then first_changed_day
        end as first_changed_day,
    from compared

)

select * from final
{%- else -%}
{#- Engines without digests of rows make all tables whole. -#}
select
    {{ as_of() }} as as_of,
    '' as state,
    '' as state_before,
    '' as days_digest,
    '' as fixed_digest,
    cast(null as date) as first_changed_day,
from {{ ref('int_metrics__entities') }}
where false
{%- endif %}
