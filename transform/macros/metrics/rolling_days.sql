{# Rolling windows are published for each of so many last days and, before those, for the ends of months. #}
{% macro metric_rolling_daily_days() -%}
    {{ return(90) }}
{%- endmacro %}
