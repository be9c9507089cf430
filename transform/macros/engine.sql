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

{% macro default__text_part(expression, separator, position) -%}
    split({{ expression }}, '{{ separator }}')[safe_ordinal({{ position }})]
{%- endmacro %}

{# Whether a text matches a regular expression somewhere. #}
{% macro matches(expression, pattern) -%}
    {{ return(adapter.dispatch('matches', 'observer')(expression, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches(expression, pattern) -%}
    regexp_matches({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{% macro default__matches(expression, pattern) -%}
    regexp_contains({{ expression }}, r'{{ pattern }}')
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
    {{ return(adapter.dispatch('path_parent', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__path_parent(expression) -%}
    regexp_replace({{ expression }}, '/[^/]*$', '')
{%- endmacro %}

{% macro default__path_parent(expression) -%}
    regexp_replace({{ expression }}, r'/[^/]*$', '')
{%- endmacro %}

{# The part of a path after its last slash. #}
{% macro path_last(expression) -%}
    {{ return(adapter.dispatch('path_last', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__path_last(expression) -%}
    regexp_replace({{ expression }}, '^.*/', '')
{%- endmacro %}

{% macro default__path_last(expression) -%}
    regexp_replace({{ expression }}, r'^.*/', '')
{%- endmacro %}
