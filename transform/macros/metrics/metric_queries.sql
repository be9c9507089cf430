{#
    The metrics of kind sql as (name, SQL text, JSON event types, whether bots count), in the order of names.
    Read from the definitions when the model is compiled, which is why these are written before the build.
#}
{% macro metric_queries() -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set definitions = source('raw', 'metrics__definitions') -%}
    {%- if not adapter.get_relation(definitions.database, definitions.schema, definitions.identifier) -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select metric_name, sql
        from {{ definitions }}
        where kind = 'sql'
        order by metric_name
    {%- endset -%}
    {{ return(run_query(query).rows) }}
{%- endmacro %}
