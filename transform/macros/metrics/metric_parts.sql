{#
    Queries of metrics group events by entity, bucket and more, of which there are too many for little memory at once. A
    model with the condition `metric_part` is therefore made for one range of entities after the other, each with so many
    events at least, in a tail of those that most queries see: its materialization puts the ends of each range in place of
    the two below. Run as it is, it gives everything.
#}
{% macro metric_part_ends() -%}
    {{ return(('-2147483647', '2147483646')) }}
{%- endmacro %}

{# A condition on the entities of a part; what has no parts belongs to the first one. #}
{% macro metric_part(entity_key, has_parts=true) -%}
    {%- set first, last = observer.metric_part_ends() -%}
    {%- if has_parts -%}
        {{ return(entity_key ~ ' between ' ~ first ~ ' and ' ~ last) }}
    {%- endif -%}
    {{ return(first ~ ' < -2000000000') }}
{%- endmacro %}

{# How many events of each entity count for the size of a part. What is known of closed years is made of all. #}
{% macro metric_part_counts(cut) -%}
    select
        entity_key,
        count(*) as event_count,
    from {{ ref('int_metrics__events') }}
    {{ 'where day >= ' ~ metric_reach() if metric_tail_from() and cut != 'closed' }}
    group by entity_key
{%- endmacro %}

{# The SQL of each part; its own where it has no such condition. #}
{% macro metric_parts(sql) -%}
    {%- set first, last = observer.metric_part_ends() -%}
    {%- if last not in sql -%}
        {{ return([sql]) }}
    {%- endif -%}
    {%- set query -%}
        select cast(max(entity_key) as varchar)
        from (
            select
                entity_key,
                (sum(event_count) over (order by entity_key) - 1) // {{ observer.build_variable('metric_part_events') }} as part
            from ({{ observer.metric_part_counts(config.get('cut')) }}) as counts
        ) as numbered
        group by part
        order by part
    {%- endset -%}
    {%- set ends = run_query(query).columns[0].values() -%}
    {%- set parts = [] -%}
    {%- for end in ends[:-1] -%}
        {%- set begin = first if loop.first else (ends[loop.index0 - 1] | int + 1) | string -%}
        {%- do parts.append(sql.replace(last, end).replace(first, begin)) -%}
    {%- endfor -%}
    {%- do parts.append(sql.replace(first, (ends[-2] | int + 1) | string) if parts else sql) -%}
    {{ return(parts) }}
{%- endmacro %}
