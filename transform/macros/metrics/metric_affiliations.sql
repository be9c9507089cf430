{# From which day on each user belongs to which organization; '' from the day on from which none is known any more. #}
{% macro metric_affiliation_turns(affiliations) -%}
    select
        user_id,
        start_date as day,
        organization_name,
        is_independent,
    from {{ affiliations }}
    union all
    select
        ended.user_id,
        {{ add_days('ended.end_date', 1) }} as day,
        '' as organization_name,
        false as is_independent,
    from {{ affiliations }} as ended
    left join {{ affiliations }} as next_ones
        on
            next_ones.user_id = ended.user_id
            and next_ones.start_date = {{ add_days('ended.end_date', 1) }}
    where
        ended.end_date is not null
        and next_ones.user_id is null
{%- endmacro %}

{# Two columns: what is known of the organization of a sender on a day, and its name. #}
{% macro metric_affiliation() -%}
    case
        when affiliations.is_independent then 'independent'
        when affiliations.organization_name is not null then 'organization'
        else 'unknown'
    end as affiliation,
    case when not affiliations.is_independent then affiliations.organization_name end as organization_name
{%- endmacro %}

{#
    The join that they need, of events with user_key and day. An end of never is a late day: with an `or` in its condition
    an outer join looks at every pair of rows.
#}
{% macro metric_affiliation_of(events) -%}
    left join {{ ref('int_metrics__affiliations') }} as affiliations
        on
            affiliations.user_key = {{ events }}.user_key
            and affiliations.start_date <= {{ events }}.day
            and coalesce(affiliations.end_date, cast('9999-12-31' as date)) >= {{ events }}.day
{%- endmacro %}
