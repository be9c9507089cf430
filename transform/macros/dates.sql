{# The day, as a date, of a UTC timestamp. #}
{% macro day_of(expression) -%}
    cast({{ expression }} as date)
{%- endmacro %}

{# The first instant of the hour of a UTC timestamp. #}
{% macro hour_of(expression) -%}
    date_trunc('hour', {{ expression }})
{%- endmacro %}

{# A date moved by a number of days, which may be negative and may be an expression. #}
{% macro add_days(date_expression, days) -%}
    {{ return(adapter.dispatch('add_days', 'observer')(date_expression, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(date_expression, days) -%}
    ({{ date_expression }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro default__add_days(date_expression, days) -%}
    date_add({{ date_expression }}, interval {{ days }} day)
{%- endmacro %}

{# How many days the second date lies after the first. #}
{% macro days_between(start_expression, end_expression) -%}
    {{ return(adapter.dispatch('days_between', 'observer')(start_expression, end_expression)) }}
{%- endmacro %}

{% macro duckdb__days_between(start_expression, end_expression) -%}
    ({{ end_expression }} - {{ start_expression }})
{%- endmacro %}

{% macro default__days_between(start_expression, end_expression) -%}
    date_diff({{ end_expression }}, {{ start_expression }}, day)
{%- endmacro %}

{# One row per day, in a column `day`, from the first to the last date; both are scalar expressions. #}
{% macro day_series(start_expression, end_expression) -%}
    {{ return(adapter.dispatch('day_series', 'observer')(start_expression, end_expression)) }}
{%- endmacro %}

{% macro duckdb__day_series(start_expression, end_expression) -%}
    select cast(series.day as date) as day
    from (select unnest(generate_series({{ start_expression }}, {{ end_expression }}, interval 1 day)) as day) as series
{%- endmacro %}

{% macro default__day_series(start_expression, end_expression) -%}
    select day
    from unnest(generate_date_array({{ start_expression }}, {{ end_expression }})) as day
{%- endmacro %}

{# One row per hour, in a column `hour`, from the first to the last instant; both are scalar expressions. #}
{% macro hour_series(start_expression, end_expression) -%}
    {{ return(adapter.dispatch('hour_series', 'observer')(start_expression, end_expression)) }}
{%- endmacro %}

{% macro duckdb__hour_series(start_expression, end_expression) -%}
    select series.hour
    from (select unnest(generate_series({{ start_expression }}, {{ end_expression }}, interval 1 hour)) as hour) as series
{%- endmacro %}

{% macro default__hour_series(start_expression, end_expression) -%}
    select hour
    from unnest(generate_timestamp_array({{ start_expression }}, {{ end_expression }}, interval 1 hour)) as hour
{%- endmacro %}

{# The last complete day; events after it are in no series. #}
{% macro as_of() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}
