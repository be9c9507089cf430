{# Rolling windows are published for each of so many last days and, before those, for the ends of months. #}
{% macro metric_rolling_daily_days() -%}
    {{ return(90) }}
{%- endmacro %}

{# The first of the days from which on every day ends a window. #}
{% macro metric_daily_window_ends_from() -%}
    {{ add_days(as_of(), 1 - metric_rolling_daily_days()) }}
{%- endmacro %}

{# The last day of the month of a date. #}
{% macro metric_month_end(date_expression) -%}
    last_day({{ date_expression }})
{%- endmacro %}

{# The last day of the month before that of a date. #}
{% macro metric_previous_month_end(date_expression) -%}
    {{ add_days(date_expression, '-extract(day from ' ~ date_expression ~ ')') }}
{%- endmacro %}

{# The first day on or after a date, up to the last complete day, that ends a window. #}
{% macro metric_window_end_after(date_expression) -%}
    case
        when {{ date_expression }} >= {{ metric_daily_window_ends_from() }} then {{ date_expression }}
        else least({{ metric_month_end(date_expression) }}, {{ metric_daily_window_ends_from() }})
    end
{%- endmacro %}

{# The last day on or before a date, up to the last complete day, that ends a window. #}
{% macro metric_window_end_before(date_expression) -%}
    case
        when {{ date_expression }} >= {{ metric_daily_window_ends_from() }} then {{ date_expression }}
        when {{ date_expression }} = {{ metric_month_end(date_expression) }} then {{ date_expression }}
        else {{ metric_previous_month_end(date_expression) }}
    end
{%- endmacro %}
