{#
    The metrics of kind sql in the order of names: name, sql, needs, total, is_per_entity, and the lists event_types,
    people_event_types, grains and class_keys.
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
            total,
            is_per_entity,
            {{ metric_json('event_types') }} as event_types,
            {{ metric_json('people_event_types') }} as people_event_types,
            {{ metric_json('grains') }} as grains,
            {{ metric_json('user_classes') }} as user_classes
        from {{ definitions }}
        where kind = 'sql'
        order by metric_name
    {%- endset -%}
    {%- set queries = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- set class_keys = [] -%}
        {%- for user_class in fromjson(row[8]) -%}
            {%- do class_keys.append(metric_user_classes()[user_class]) -%}
        {%- endfor -%}
        {%- do queries.append({
            'name': row[0],
            'sql': row[1],
            'needs': row[2],
            'total': row[3],
            'is_per_entity': row[4],
            'event_types': fromjson(row[5]),
            'people_event_types': fromjson(row[6]),
            'grains': fromjson(row[7]),
            'class_keys': class_keys,
        }) -%}
    {%- endfor -%}
    {{ return(queries) }}
{%- endmacro %}

{#
    What queries read `people_by_amount` of, each once: number, event types, classes, grains and the condition on events.
    It is made once for all metrics that have these in common; each of these queries gets its number as `people_set`.
#}
{% macro metric_people_sets(queries) -%}
    {%- set sets = [] -%}
    {%- for query in queries if 'people_by_amount' in query.sql -%}
        {%- set shared = {
            'event_types': query.people_event_types, 'class_keys': query.class_keys, 'grains': query.grains
        } -%}
        {%- set known = sets | selectattr('shared', 'equalto', shared) | list -%}
        {%- do query.update({'people_set': known[0].key if known else sets | length + 1}) -%}
        {%- if known -%}
            {%- do known[0].names.append(query.name) -%}
        {%- else -%}
            {%- set condition -%}
                {{ metric_of_types('event_type', query.people_event_types) }}
                and sender_class_key in ({{ query.class_keys | join(', ') }})
                and user_key is not null
            {%- endset -%}
            {%- do sets.append({
                'key': query.people_set, 'shared': shared, 'names': [query.name], 'condition': condition,
                'grains': query.grains, 'has_total': 'all' in query.grains,
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(sets) }}
{%- endmacro %}

{# Whether the type of an event is one of some. #}
{% macro metric_of_types(event_type, types) -%}
    {{ return(adapter.dispatch('metric_of_types', 'observer')(event_type, types)) }}
{%- endmacro %}

{% macro default__metric_of_types(event_type, types) -%}
    {{ event_type }} in ('{{ types | join("', '") }}')
{%- endmacro %}

{# A function is tried on the few types that a row group has, and an `in` of several on every row: it takes five times as long. #}
{% macro duckdb__metric_of_types(event_type, types) -%}
    {%- if types | length == 1 -%}
        {{ event_type }} = '{{ types[0] }}'
    {%- else -%}
        list_contains(['{{ types | join("', '") }}'], {{ event_type }})
    {%- endif -%}
{%- endmacro %}
