{# The key of something that may happen to a subject again and again: the subject's number and the second of it. #}
{% macro moment_key(subject_id, time) -%}
    cast({{ subject_id }} as varchar) || '@' || {{ time_text(time_truncated('second', time)) }}
{%- endmacro %}
