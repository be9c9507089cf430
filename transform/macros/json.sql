{#
    JSON is kept as text in raw tables; these macros look into it. Paths are JSON paths without their `$.`. Items and
    entries are JSON text again.
#}

{# The rows of a relation once per item of a JSON list, with the item in a column; `condition` chooses rows before. #}
{% macro json_item_rows(relation, expression, column, condition) -%}
    {{ observer.expanded_rows(relation, observer.json_items(expression), column, condition) }}
{%- endmacro %}

{# The rows of a relation once per entry of a JSON object, as a struct (key, value). #}
{% macro json_entry_rows(relation, expression, column, condition) -%}
    {{ observer.expanded_rows(relation, observer.json_entries(expression), column, condition) }}
{%- endmacro %}

{# The rows of a relation once per element of a list expression. Rows without an element are left out. #}
{% macro expanded_rows(relation, elements, column, condition) -%}
    {{ return(adapter.dispatch('expanded_rows', 'observer')(relation, elements, column, condition)) }}
{%- endmacro %}

{% macro duckdb__expanded_rows(relation, elements, column, condition) -%}
    (select *, unnest({{ elements }}) as {{ column }} from {{ relation }} where {{ condition }}) as expanded
{%- endmacro %}

{% macro spark__expanded_rows(relation, elements, column, condition) -%}
    (select *, explode({{ elements }}) as {{ column }} from {{ relation }} where {{ condition }}) as expanded
{%- endmacro %}

{% macro bigquery__expanded_rows(relation, elements, column, condition) -%}
    (
        select {{ relation }}.*, {{ column }}
        from {{ relation }}
        cross join unnest({{ elements }}) as {{ column }}
        where {{ condition }}
    ) as expanded
{%- endmacro %}

{# A JSON list as a list of JSON texts. #}
{% macro json_items(expression) -%}
    {{ return(adapter.dispatch('json_items', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__json_items(expression) -%}
    cast(cast({{ expression }} as json) as json[])
{%- endmacro %}

{% macro bigquery__json_items(expression) -%}
    json_query_array({{ expression }})
{%- endmacro %}

{% macro spark__json_items(expression) -%}
    from_json({{ expression }}, 'array<string>')
{%- endmacro %}

{# A JSON object as a list of structs (key, value). #}
{% macro json_entries(expression) -%}
    {{ return(adapter.dispatch('json_entries', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__json_entries(expression) -%}
    map_entries(cast(cast({{ expression }} as json) as map(varchar, json)))
{%- endmacro %}

{% macro bigquery__json_entries(expression) -%}
    array(
        select as struct each_key as key, to_json_string(parse_json({{ expression }})[each_key]) as value
        from unnest(json_keys(parse_json({{ expression }}), 1)) as each_key
    )
{%- endmacro %}

{% macro spark__json_entries(expression) -%}
    map_entries(from_json({{ expression }}, 'map<string, string>'))
{%- endmacro %}

{# A number, truth value or text inside of JSON, as text. #}
{% macro json_text(expression, path) -%}
    {{ return(adapter.dispatch('json_text', 'observer')(expression, '$.' ~ path)) }}
{%- endmacro %}

{# The same in the item of a list, counted from 0; of the item itself where there is no path. #}
{% macro json_item_text(expression, position, path=none) -%}
    {{ return(adapter.dispatch('json_text', 'observer')(expression, '$[' ~ position ~ ']' ~ ('.' ~ path if path else ''))) }}
{%- endmacro %}

{% macro duckdb__json_text(expression, path) -%}
    json_extract_string({{ expression }}, '{{ path }}')
{%- endmacro %}

{% macro bigquery__json_text(expression, path) -%}
    json_value({{ expression }}, '{{ path }}')
{%- endmacro %}

{% macro spark__json_text(expression, path) -%}
    get_json_object({{ expression }}, '{{ path }}')
{%- endmacro %}

{# What is in a field of the object under a key that is an expression, as text. #}
{% macro json_text_at(expression, key, field) -%}
    {{ return(adapter.dispatch('json_text_at', 'observer')(expression, key, field)) }}
{%- endmacro %}

{% macro duckdb__json_text_at(expression, key, field) -%}
    json_extract_string({{ expression }}, '$.' || to_json({{ key }}) || '.{{ field }}')
{%- endmacro %}

{% macro bigquery__json_text_at(expression, key, field) -%}
    json_value(parse_json({{ expression }})[{{ key }}], '$.{{ field }}')
{%- endmacro %}

{% macro spark__json_text_at(expression, key, field) -%}
    get_json_object(from_json({{ expression }}, 'map<string, string>')[{{ key }}], '$.{{ field }}')
{%- endmacro %}

{# A part of JSON as JSON text. #}
{% macro json_part(expression, path) -%}
    {{ return(adapter.dispatch('json_part', 'observer')(expression, '$.' ~ path)) }}
{%- endmacro %}

{# The item of a JSON list, counted from 0, as JSON text. #}
{% macro json_item(expression, position) -%}
    {{ return(adapter.dispatch('json_part', 'observer')(expression, '$[' ~ position ~ ']')) }}
{%- endmacro %}

{% macro duckdb__json_part(expression, path) -%}
    json_extract({{ expression }}, '{{ path }}')
{%- endmacro %}

{% macro bigquery__json_part(expression, path) -%}
    json_query({{ expression }}, '{{ path }}')
{%- endmacro %}

{% macro spark__json_part(expression, path) -%}
    get_json_object({{ expression }}, '{{ path }}')
{%- endmacro %}

{# An item or the value of an entry, as text where it is a text, number or truth value. #}
{% macro json_plain(expression) -%}
    {{ return(adapter.dispatch('json_plain', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__json_plain(expression) -%}
    json_extract_string(cast({{ expression }} as json), '$')
{%- endmacro %}

{% macro bigquery__json_plain(expression) -%}
    json_value({{ expression }}, '$')
{%- endmacro %}

{# Spark gives texts inside of lists and objects without their quotes. #}
{% macro spark__json_plain(expression) -%}
    {{ expression }}
{%- endmacro %}

{# Whether JSON text is a list, or an object. #}
{% macro json_is_list(expression) -%}
    {{ expression }} like '[%'
{%- endmacro %}

{% macro json_is_object(expression) -%}
    {{ expression }} like '{% raw %}{%{% endraw %}'
{%- endmacro %}

{# How many items a JSON list has. #}
{% macro json_length(expression) -%}
    {{ return(adapter.dispatch('json_length', 'observer')(expression)) }}
{%- endmacro %}

{% macro default__json_length(expression) -%}
    json_array_length({{ expression }})
{%- endmacro %}

{% macro bigquery__json_length(expression) -%}
    array_length(json_query_array({{ expression }}))
{%- endmacro %}

{# The smallest text, the sum of numbers, how often a text stands in a field of the items of a JSON list. #}
{% macro json_smallest(expression, field) -%}
    {{ return(adapter.dispatch('json_smallest', 'observer')(expression, field)) }}
{%- endmacro %}

{% macro duckdb__json_smallest(expression, field) -%}
    list_min(json_extract_string({{ expression }}, '$[*].{{ field }}'))
{%- endmacro %}

{% macro bigquery__json_smallest(expression, field) -%}
    (select min(json_value(each_item, '$.{{ field }}')) from unnest(json_query_array({{ expression }})) as each_item)
{%- endmacro %}

{% macro spark__json_smallest(expression, field) -%}
    array_min({{ spark__json_fields(expression, field) }})
{%- endmacro %}

{% macro spark__json_fields(expression, field) -%}
    filter(
        transform(from_json({{ expression }}, 'array<string>'), each_item -> get_json_object(each_item, '$.{{ field }}')),
        each_text -> each_text is not null
    )
{%- endmacro %}

{% macro json_sum(expression, field) -%}
    {{ return(adapter.dispatch('json_sum', 'observer')(expression, field)) }}
{%- endmacro %}

{% macro duckdb__json_sum(expression, field) -%}
    list_sum(cast(json_extract_string({{ expression }}, '$[*].{{ field }}') as bigint[]))
{%- endmacro %}

{% macro bigquery__json_sum(expression, field) -%}
    (
        select sum(cast(json_value(each_item, '$.{{ field }}') as int64))
        from unnest(json_query_array({{ expression }})) as each_item
    )
{%- endmacro %}

{% macro spark__json_sum(expression, field) -%}
    case when size({{ spark__json_fields(expression, field) }}) > 0 then aggregate(
        {{ spark__json_fields(expression, field) }}, 0L, (total, each_text) -> total + cast(each_text as bigint)
    ) end
{%- endmacro %}

{% macro json_count(expression, field, text) -%}
    {{ return(adapter.dispatch('json_count', 'observer')(expression, field, text)) }}
{%- endmacro %}

{% macro duckdb__json_count(expression, field, text) -%}
    len(list_filter(json_extract_string({{ expression }}, '$[*].{{ field }}'), lambda each_text: each_text = '{{ text }}'))
{%- endmacro %}

{% macro bigquery__json_count(expression, field, text) -%}
    (
        select countif(json_value(each_item, '$.{{ field }}') = '{{ text }}')
        from unnest(json_query_array({{ expression }})) as each_item
    )
{%- endmacro %}

{% macro spark__json_count(expression, field, text) -%}
    size(filter({{ spark__json_fields(expression, field) }}, each_text -> each_text = '{{ text }}'))
{%- endmacro %}
