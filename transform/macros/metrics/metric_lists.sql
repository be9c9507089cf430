{# A join that gives one row per element of a list column, as <alias>.<column>. #}
{% macro metric_each(list_expression, alias, column) -%}
    {{ return(adapter.dispatch('metric_each', 'observer')(list_expression, alias, column)) }}
{%- endmacro %}

{% macro duckdb__metric_each(list_expression, alias, column) -%}
    cross join unnest({{ list_expression }}) as {{ alias }}({{ column }})
{%- endmacro %}

{% macro bigquery__metric_each(list_expression, alias, column) -%}
    cross join unnest(array(
        select as struct each_value as {{ column }} from unnest({{ list_expression }}) as each_value
    )) as {{ alias }}
{%- endmacro %}

{% macro spark__metric_each(list_expression, alias, column) -%}
    cross join lateral (select explode({{ list_expression }}) as {{ column }}) as {{ alias }}
{%- endmacro %}

{# A join that gives one row per day from a first to a last date, as <alias>.<column>. #}
{% macro metric_each_day(start_expression, end_expression, alias, column) -%}
    {{ return(adapter.dispatch('metric_each_day', 'observer')(start_expression, end_expression, alias, column)) }}
{%- endmacro %}

{% macro duckdb__metric_each_day(start_expression, end_expression, alias, column) -%}
    cross join unnest(generate_series({{ start_expression }}, {{ end_expression }}, interval 1 day))
        as {{ alias }}({{ column }})
{%- endmacro %}

{% macro bigquery__metric_each_day(start_expression, end_expression, alias, column) -%}
    {{ bigquery__metric_each('generate_date_array(' ~ start_expression ~ ', ' ~ end_expression ~ ')', alias, column) }}
{%- endmacro %}

{% macro spark__metric_each_day(start_expression, end_expression, alias, column) -%}
    {{ spark__metric_each(spark__sequence(start_expression, end_expression, 'interval 1 day'), alias, column) }}
{%- endmacro %}

{# A join that gives one row per whole number from a first to a last one, as <alias>.<column>. #}
{% macro metric_each_number(start_expression, end_expression, alias, column) -%}
    {{ return(adapter.dispatch('metric_each_number', 'observer')(start_expression, end_expression, alias, column)) }}
{%- endmacro %}

{% macro duckdb__metric_each_number(start_expression, end_expression, alias, column) -%}
    cross join unnest(generate_series({{ start_expression }}, {{ end_expression }})) as {{ alias }}({{ column }})
{%- endmacro %}

{% macro bigquery__metric_each_number(start_expression, end_expression, alias, column) -%}
    {{ bigquery__metric_each('generate_array(' ~ start_expression ~ ', ' ~ end_expression ~ ')', alias, column) }}
{%- endmacro %}

{% macro spark__metric_each_number(start_expression, end_expression, alias, column) -%}
    {{ spark__metric_each(spark__sequence(start_expression, end_expression, '1'), alias, column) }}
{%- endmacro %}

{# A list of texts as JSON text. #}
{% macro metric_json(expression) -%}
    {{ return(adapter.dispatch('metric_json', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__metric_json(expression) -%}
    cast(to_json({{ expression }}) as varchar)
{%- endmacro %}

{% macro spark__metric_json(expression) -%}
    to_json({{ expression }})
{%- endmacro %}

{% macro bigquery__metric_json(expression) -%}
    to_json_string({{ expression }})
{%- endmacro %}

{# The last value that is not null, in the order of a window from its start to the current row. #}
{% macro metric_last_known(expression, partition_by, order_by) -%}
    last_value({{ expression }}{{ ', true' if target.type == 'spark' else ' ignore nulls' }}) over (
        partition by {{ partition_by }}
        order by {{ order_by }}
        rows between unbounded preceding and current row
    )
{%- endmacro %}

{# An empty line between two paragraphs of text. #}
{% macro metric_paragraph() -%}
    chr(10) || chr(10)
{%- endmacro %}
