{# Grains of metrics and what the original's names of metrics call them. #}
{% macro metric_original_periods() -%}
    {{ return({
        'day': 'daily',
        'week': 'weekly',
        'month': 'monthly',
        'quarter': 'quarterly',
        'year': 'yearly',
        'rolling_30_days': 'over_30_days',
        'rolling_90_days': 'over_90_days',
        'rolling_180_days': 'over_180_days',
        'all': 'over_all_time',
    }) }}
{%- endmacro %}
