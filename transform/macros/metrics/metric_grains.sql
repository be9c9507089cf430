{# The calendar grains that nest in one another, from short to long; weeks stand beside them. #}
{% macro metric_calendar_grains() -%}
    {{ return(['day', 'week', 'month', 'quarter', 'year']) }}
{%- endmacro %}

{# The rolling windows: name of the grain and length in days. #}
{% macro metric_windows() -%}
    {{ return({'rolling_30_days': 30, 'rolling_90_days': 90, 'rolling_180_days': 180}) }}
{%- endmacro %}

{# One row per grain that has a length: name, nominal days (month 30, year 360), whether it rolls. #}
{% macro metric_grain_rows() -%}
    {%- set days = {'day': 1, 'week': 7, 'month': 30, 'quarter': 90, 'year': 360} -%}
    {%- for grain in metric_calendar_grains() %}
    select '{{ grain }}' as grain, {{ days[grain] }} as nominal_days, false as is_rolling
    union all
    {%- endfor %}
    {%- for grain, length in metric_windows().items() %}
    select '{{ grain }}' as grain, {{ length }} as nominal_days, true as is_rolling
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The first day of the calendar bucket of a date. Weeks start on Monday. #}
{% macro metric_bucket(grain, date_expression) -%}
    {{ return(adapter.dispatch('metric_bucket', 'observer')(grain, date_expression)) }}
{%- endmacro %}

{% macro duckdb__metric_bucket(grain, date_expression) -%}
    cast(date_trunc('{{ grain }}', {{ date_expression }}) as date)
{%- endmacro %}

{% macro spark__metric_bucket(grain, date_expression) -%}
    cast(date_trunc('{{ grain }}', {{ date_expression }}) as date)
{%- endmacro %}

{% macro bigquery__metric_bucket(grain, date_expression) -%}
    date_trunc({{ date_expression }}, {{ 'isoweek' if grain == 'week' else grain }})
{%- endmacro %}

{# The last day of the calendar bucket that starts on a date. #}
{% macro metric_bucket_end(grain, bucket) -%}
    {{ return(adapter.dispatch('metric_bucket_end', 'observer')(grain, bucket)) }}
{%- endmacro %}

{% macro duckdb__metric_bucket_end(grain, bucket) -%}
    cast({{ bucket }} + interval 1 {{ grain }} - interval 1 day as date)
{%- endmacro %}

{% macro spark__metric_bucket_end(grain, bucket) -%}
    {%- set length = {'quarter': '3 month'}.get(grain, '1 ' ~ grain) -%}
    date_add(cast({{ bucket }} + interval {{ length }} as date), -1)
{%- endmacro %}

{% macro bigquery__metric_bucket_end(grain, bucket) -%}
    date_sub(date_add({{ bucket }}, interval 1 {{ grain }}), interval 1 day)
{%- endmacro %}

{#
    How many active days a threshold of days in 30 asks for in a period of so many days. One day means any
    activity in every period. Equal to observer.model.metric.scaled_days.
#}
{% macro metric_scaled_days(days, nominal_days) -%}
    case
        when {{ days }} = 1 then 1
        else cast(ceil({{ days }} * {{ nominal_days }} / 30.0) as integer)
    end
{%- endmacro %}
