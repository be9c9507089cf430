{# The runs of several kinds as they are defined, one below the other. #}
{% macro metric_runs(kinds) -%}
    {%- for kind in kinds %}
    select
        metric_key,
        entity_key,
        grain,
        start_date,
        end_date,
        amount,
    from {{ ref('int_metrics__' ~ kind) }}
    {{ 'where class_key = 0' if kind in ('sum', 'distinct') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
