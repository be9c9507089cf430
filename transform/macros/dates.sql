{# The day, as a date, of a UTC timestamp. #}
{% macro day_of(expression) -%}
    cast({{ expression }} as date)
{%- endmacro %}

{# The first instant of the hour of a UTC timestamp. #}
{% macro hour_of(expression) -%}
    {{ time_truncated('hour', expression) }}
{%- endmacro %}

{# A UTC timestamp cut off at an hour or a second. #}
{% macro time_truncated(unit, expression) -%}
    {{ return(adapter.dispatch('time_truncated', 'observer')(unit, expression)) }}
{%- endmacro %}

{% macro default__time_truncated(unit, expression) -%}
    date_trunc('{{ unit }}', {{ expression }})
{%- endmacro %}

{% macro bigquery__time_truncated(unit, expression) -%}
    timestamp_trunc({{ expression }}, {{ unit }})
{%- endmacro %}

{# A UTC timestamp as text, as 2026-11-01 13:05:00. #}
{% macro time_text(expression) -%}
    {{ return(adapter.dispatch('time_text', 'observer')(expression)) }}
{%- endmacro %}

{% macro default__time_text(expression) -%}
    cast({{ expression }} as varchar)
{%- endmacro %}

{# The text of a fraction of a second is as long as it has to be, as elsewhere. #}
{% macro bigquery__time_text(expression) -%}
    replace(cast({{ expression }} as string), '+00', '')
{%- endmacro %}

{# A UTC timestamp moved by a number of hours. #}
{% macro add_hours(expression, hours) -%}
    {{ return(adapter.dispatch('add_hours', 'observer')(expression, hours)) }}
{%- endmacro %}

{% macro default__add_hours(expression, hours) -%}
    {{ expression }} + interval {{ hours }} hour
{%- endmacro %}

{% macro bigquery__add_hours(expression, hours) -%}
    timestamp_add({{ expression }}, interval {{ hours }} hour)
{%- endmacro %}

{# How many seconds the second timestamp lies after the first. #}
{% macro seconds_between(start_expression, end_expression) -%}
    {{ return(adapter.dispatch('seconds_between', 'observer')(start_expression, end_expression)) }}
{%- endmacro %}

{% macro duckdb__seconds_between(start_expression, end_expression) -%}
    date_diff('second', {{ start_expression }}, {{ end_expression }})
{%- endmacro %}

{% macro bigquery__seconds_between(start_expression, end_expression) -%}
    timestamp_diff({{ end_expression }}, {{ start_expression }}, second)
{%- endmacro %}

{% macro spark__seconds_between(start_expression, end_expression) -%}
    timestampdiff(second, {{ start_expression }}, {{ end_expression }})
{%- endmacro %}

{# A date moved by a number of days, which may be negative and may be an expression. #}
{% macro add_days(date_expression, days) -%}
    {{ return(adapter.dispatch('add_days', 'observer')(date_expression, days)) }}
{%- endmacro %}

{% macro duckdb__add_days(date_expression, days) -%}
    ({{ date_expression }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro bigquery__add_days(date_expression, days) -%}
    date_add({{ date_expression }}, interval {{ days }} day)
{%- endmacro %}

{% macro spark__add_days(date_expression, days) -%}
    date_add({{ date_expression }}, cast({{ days }} as integer))
{%- endmacro %}

{# How many days the second date lies after the first. #}
{% macro days_between(start_expression, end_expression) -%}
    {{ return(adapter.dispatch('days_between', 'observer')(start_expression, end_expression)) }}
{%- endmacro %}

{% macro duckdb__days_between(start_expression, end_expression) -%}
    ({{ end_expression }} - {{ start_expression }})
{%- endmacro %}

{% macro bigquery__days_between(start_expression, end_expression) -%}
    date_diff({{ end_expression }}, {{ start_expression }}, day)
{%- endmacro %}

{% macro spark__days_between(start_expression, end_expression) -%}
    datediff({{ end_expression }}, {{ start_expression }})
{%- endmacro %}

{# One row per day, in a column `day`, from the first to the last date; both are scalar expressions. #}
{% macro day_series(start_expression, end_expression) -%}
    {{ return(adapter.dispatch('day_series', 'observer')(start_expression, end_expression)) }}
{%- endmacro %}

{% macro duckdb__day_series(start_expression, end_expression) -%}
    select cast(series.day as date) as day
    from (select unnest(generate_series({{ start_expression }}, {{ end_expression }}, interval 1 day)) as day) as series
{%- endmacro %}

{% macro bigquery__day_series(start_expression, end_expression) -%}
    select day
    from unnest(generate_date_array({{ start_expression }}, {{ end_expression }})) as day
{%- endmacro %}

{% macro spark__day_series(start_expression, end_expression) -%}
    select explode({{ spark__sequence(start_expression, end_expression, 'interval 1 day') }}) as day
{%- endmacro %}

{# Spark refuses to count backwards, where others give nothing. #}
{% macro spark__sequence(start_expression, end_expression, step) -%}
    case when {{ start_expression }} <= {{ end_expression }}
        then sequence({{ start_expression }}, {{ end_expression }}, {{ step }}) end
{%- endmacro %}

{# One row per hour, in a column `hour`, from the first to the last instant; both are scalar expressions. #}
{% macro hour_series(start_expression, end_expression) -%}
    {{ return(adapter.dispatch('hour_series', 'observer')(start_expression, end_expression)) }}
{%- endmacro %}

{% macro duckdb__hour_series(start_expression, end_expression) -%}
    select series.hour
    from (select unnest(generate_series({{ start_expression }}, {{ end_expression }}, interval 1 hour)) as hour) as series
{%- endmacro %}

{% macro bigquery__hour_series(start_expression, end_expression) -%}
    select hour
    from unnest(generate_timestamp_array({{ start_expression }}, {{ end_expression }}, interval 1 hour)) as hour
{%- endmacro %}

{% macro spark__hour_series(start_expression, end_expression) -%}
    select explode({{ spark__sequence(start_expression, end_expression, 'interval 1 hour') }}) as hour
{%- endmacro %}

{# The last complete day; events after it are in no series. #}
{% macro as_of() -%}
    cast('{{ observer.build_variable("as_of") }}' as date)
{%- endmacro %}
