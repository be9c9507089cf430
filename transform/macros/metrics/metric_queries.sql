{#
    The metrics of kind sql in the order of names: name, sql, needs, is_per_entity, and the lists event_types, grains and class_keys.
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
        select
            metric_name,
            sql,
            needs,
            is_per_entity,
            {{ metric_json('event_types') }} as event_types,
            {{ metric_json('grains') }} as grains,
            {{ metric_json('user_classes') }} as user_classes
        from {{ definitions }}
        where kind = 'sql'
        order by metric_name
    {%- endset -%}
    {%- set queries = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- set class_keys = [] -%}
        {%- for user_class in fromjson(row[6]) -%}
            {%- do class_keys.append(metric_user_classes()[user_class]) -%}
        {%- endfor -%}
        {%- do queries.append({
            'name': row[0],
            'sql': row[1],
            'needs': row[2],
            'is_per_entity': row[3],
            'event_types': fromjson(row[4]),
            'grains': fromjson(row[5]),
            'class_keys': class_keys,
        }) -%}
    {%- endfor -%}
    {{ return(queries) }}
{%- endmacro %}
