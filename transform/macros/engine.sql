{#
    What engines spell differently. Models use these names alone, so that another warehouse needs another
    dispatch and no other model.
#}

{# The value of one column in the row where another is smallest; rows without a value are left out. #}
{% macro value_at_min(value, order_by) -%}
    {{ return(adapter.dispatch('value_at_min', 'observer')(value, order_by)) }}
{%- endmacro %}

{% macro duckdb__value_at_min(value, order_by) -%}
    arg_min({{ value }}, {{ order_by }})
{%- endmacro %}

{% macro default__value_at_min(value, order_by) -%}
    min_by({{ value }}, case when {{ value }} is not null then {{ order_by }} end)
{%- endmacro %}

{# The value of one column in the row where another is largest; rows without a value are left out. #}
{% macro value_at_max(value, order_by) -%}
    {{ return(adapter.dispatch('value_at_max', 'observer')(value, order_by)) }}
{%- endmacro %}

{% macro duckdb__value_at_max(value, order_by) -%}
    arg_max({{ value }}, {{ order_by }})
{%- endmacro %}

{% macro default__value_at_max(value, order_by) -%}
    max_by({{ value }}, case when {{ value }} is not null then {{ order_by }} end)
{%- endmacro %}

{# The part of a text before or after a separator; counted from 1. #}
{% macro text_part(expression, separator, position) -%}
    {{ return(adapter.dispatch('text_part', 'observer')(expression, separator, position)) }}
{%- endmacro %}

{% macro duckdb__text_part(expression, separator, position) -%}
    split_part({{ expression }}, '{{ separator }}', {{ position }})
{%- endmacro %}

{% macro spark__text_part(expression, separator, position) -%}
    split_part({{ expression }}, '{{ separator }}', {{ position }})
{%- endmacro %}

{# A part that is not there is empty. #}
{% macro bigquery__text_part(expression, separator, position) -%}
    coalesce(split({{ expression }}, '{{ separator }}')[safe_ordinal({{ position }})], substr({{ expression }}, 1, 0))
{%- endmacro %}

{# Whether a text matches a regular expression somewhere. #}
{% macro matches(expression, pattern) -%}
    {{ return(adapter.dispatch('matches', 'observer')(expression, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro bigquery__matches(expression, pattern) -%}
    regexp_contains({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches(expression, pattern) -%}
    ({{ expression }} rlike '{{ pattern }}')
{%- endmacro %}

{# What a group of a regular expression found, counted from 1; empty where the expression is not found. #}
{% macro regex_group(expression, pattern, group) -%}
    {{ return(adapter.dispatch('regex_group', 'observer')(expression, pattern, group)) }}
{%- endmacro %}

{% macro default__regex_group(expression, pattern, group) -%}
    regexp_extract({{ expression }}, '{{ pattern }}', {{ group }})
{%- endmacro %}

{# BigQuery gives the only group that captures, and null for none. #}
{% macro bigquery__regex_group(expression, pattern, group) -%}
    {%- set parts = modules.re.split('(?<!\\\\)\\((?!\\?)', pattern) -%}
    {%- set found = namespace(pattern=parts[0]) -%}
    {%- for part in parts[1:] -%}
        {%- set found.pattern = found.pattern ~ ('(' if loop.index == group else '(?:') ~ part -%}
    {%- endfor -%}
    coalesce(regexp_extract({{ expression }}, '{{ found.pattern }}'), substr({{ expression }}, 1, 0))
{%- endmacro %}

{# A text with what a regular expression finds first put in another way; \\1 stands for its first group. #}
{% macro regex_replace(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('regex_replace', 'observer')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro default__regex_replace(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{% macro spark__regex_replace(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement | replace('\\', '$') }}')
{%- endmacro %}

{# The same for everything that the regular expression finds. #}
{% macro regex_replace_all(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('regex_replace_all', 'observer')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro default__regex_replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{% macro duckdb__regex_replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# Whether a text starts with another. #}
{% macro begins_with(expression, start) -%}
    {{ return(adapter.dispatch('begins_with', 'observer')(expression, start)) }}
{%- endmacro %}

{% macro default__begins_with(expression, start) -%}
    starts_with({{ expression }}, {{ start }})
{%- endmacro %}

{% macro spark__begins_with(expression, start) -%}
    startswith({{ expression }}, {{ start }})
{%- endmacro %}

{# A text without a character at its start or its end. #}
{% macro without_leading(expression, character) -%}
    {{ return(adapter.dispatch('without_leading', 'observer')(expression, character)) }}
{%- endmacro %}

{% macro default__without_leading(expression, character) -%}
    ltrim({{ expression }}, '{{ character }}')
{%- endmacro %}

{% macro spark__without_leading(expression, character) -%}
    trim(leading '{{ character }}' from {{ expression }})
{%- endmacro %}

{% macro without_trailing(expression, character) -%}
    {{ return(adapter.dispatch('without_trailing', 'observer')(expression, character)) }}
{%- endmacro %}

{% macro default__without_trailing(expression, character) -%}
    rtrim({{ expression }}, '{{ character }}')
{%- endmacro %}

{% macro spark__without_trailing(expression, character) -%}
    trim(trailing '{{ character }}' from {{ expression }})
{%- endmacro %}

{# Whether a condition holds in some row. #}
{% macro any_row(condition) -%}
    {{ return(adapter.dispatch('any_row', 'observer')(condition)) }}
{%- endmacro %}

{% macro default__any_row(condition) -%}
    bool_or({{ condition }})
{%- endmacro %}

{% macro bigquery__any_row(condition) -%}
    logical_or({{ condition }})
{%- endmacro %}

{# The different texts of a group in their order, with a separator between them. #}
{% macro texts_joined(expression, separator) -%}
    {{ return(adapter.dispatch('texts_joined', 'observer')(expression, separator)) }}
{%- endmacro %}

{% macro default__texts_joined(expression, separator) -%}
    string_agg(distinct {{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{% macro spark__texts_joined(expression, separator) -%}
    nullif(array_join(array_sort(collect_set({{ expression }})), '{{ separator }}'), '')
{%- endmacro %}

{# A value as a type; null where it is none of that type. #}
{% macro cast_or_null(expression, type) -%}
    {{ return(adapter.dispatch('cast_or_null', 'observer')(expression, type)) }}
{%- endmacro %}

{% macro default__cast_or_null(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}

{% macro bigquery__cast_or_null(expression, type) -%}
    safe_cast({{ expression }} as {{ type }})
{%- endmacro %}

{# The largest or the smallest of some values; values that are null do not count. #}
{% macro largest_of(values) -%}
    {{ return(adapter.dispatch('largest_of', 'observer')(values)) }}
{%- endmacro %}

{% macro default__largest_of(values) -%}
    greatest({{ values | join(', ') }})
{%- endmacro %}

{% macro bigquery__largest_of(values) -%}
    (select max(each_value) from unnest([{{ values | join(', ') }}]) as each_value)
{%- endmacro %}

{% macro smallest_of(values) -%}
    {{ return(adapter.dispatch('smallest_of', 'observer')(values)) }}
{%- endmacro %}

{% macro default__smallest_of(values) -%}
    least({{ values | join(', ') }})
{%- endmacro %}

{% macro bigquery__smallest_of(values) -%}
    (select min(each_value) from unnest([{{ values | join(', ') }}]) as each_value)
{%- endmacro %}

{# A path without its first folders; as it is where it has fewer. #}
{% macro without_folders(path, depth) -%}
    regexp_replace({{ path }}, '^([^/]+/){% raw %}{{% endraw %}{{ depth }}{% raw %}}{% endraw %}', '')
{%- endmacro %}

{# The owner (1) or the name (2) in the address of a repository on a forge, without a final .git. #}
{% macro forge_path(url, position) -%}
    {{ text_part("regexp_replace(regexp_replace(" ~ url ~ ", '^.*[/@]github[.]com[/:]', ''), '([.]git)?/*$', '')", '/', position) }}
{%- endmacro %}

{# The part of a path before its last slash; the whole where there is none. #}
{% macro path_parent(expression) -%}
    regexp_replace({{ expression }}, '/[^/]*$', '')
{%- endmacro %}

{# The part of a path after its last slash. #}
{% macro path_last(expression) -%}
    regexp_replace({{ expression }}, '^.*/', '')
{%- endmacro %}

{#
    Steps of a query, the last of them called `name`: the pairs (one, other) that are reached from the pairs of `start` by
    following `edges`, pairs as well, any number of times. Where an engine does not end a recursion when nothing new is
    found, edges are followed eight times.
#}
{% macro reached(name, start, edges) -%}
    {{ return(adapter.dispatch('reached', 'observer')(name, start, edges)) }}
{%- endmacro %}

{% macro duckdb__reached(name, start, edges) -%}
{{ name }} (one, other) as (

    select
        one,
        other
    from {{ start }}
    union
    select
        {{ name }}.one,
        {{ edges }}.other
    from {{ name }}
    inner join {{ edges }}
        on {{ name }}.other = {{ edges }}.one

)
{%- endmacro %}

{# Each step names the one before it once, since these engines write a step out wherever it is named. #}
{% macro default__reached(name, start, edges) -%}
{{ name }}_hops as (

    select one, other from {{ edges }}
    union distinct
    select one, one as other from {{ edges }}
    union distinct
    select other as one, other from {{ edges }}
    union distinct
    select other as one, other from {{ start }}

),
{% for step in range(8) %}
{{ name }}{{ '_' ~ step if not loop.last }} as (

    select distinct
        before.one,
        {{ name }}_hops.other
    from {{ start if loop.first else name ~ '_' ~ (step - 1) }} as before
    inner join {{ name }}_hops
        on before.other = {{ name }}_hops.one

){{ ',' if not loop.last }}
{% endfor %}
{%- endmacro %}

{# After `as` of a common table expression: it is made once, however often it is read. #}
{% macro read_once() -%}
    {{ return(adapter.dispatch('read_once', 'observer')()) }}
{%- endmacro %}

{% macro default__read_once() -%}
    {{ return('') }}
{%- endmacro %}

{% macro duckdb__read_once() -%}
    {{ return('materialized') }}
{%- endmacro %}

{# At the end of a model: the order in which rows are stored, where the engine keeps one. #}
{% macro laid_out_by(columns) -%}
    {{ return(adapter.dispatch('laid_out_by', 'observer')(columns)) }}
{%- endmacro %}

{% macro default__laid_out_by(columns) -%}
    {{ return('') }}
{%- endmacro %}

{% macro duckdb__laid_out_by(columns) -%}
    {{ return('order by ' ~ columns | join(', ')) }}
{%- endmacro %}
