{# A whole number out of decimal text, exact up to so many digits; null beyond, so that nothing is ever rounded. #}
{% macro exact_number(expression, digits=38) -%}
    {{ return(adapter.dispatch('exact_number', 'observer')(expression, digits)) }}
{%- endmacro %}

{% macro duckdb__exact_number(expression, digits) -%}
    try_cast({{ expression }} as decimal({{ digits }}, 0))
{%- endmacro %}

{% macro spark__exact_number(expression, digits) -%}
    try_cast({{ expression }} as decimal({{ digits }}, 0))
{%- endmacro %}

{% macro bigquery__exact_number(expression, digits) -%}
    safe_cast({{ expression }} as bignumeric)
{%- endmacro %}

{# The address in a word of 32 bytes: a topic, or a part of a log's data counted from 1. #}
{% macro address_in_topic(expression) -%}
    '0x' || substr({{ expression }}, 27, 40)
{%- endmacro %}

{% macro address_in_data(expression, word) -%}
    case
        when length({{ expression }}) >= {{ 2 + 64 * word }}
            then '0x' || substr({{ expression }}, {{ 3 + 64 * (word - 1) + 24 }}, 40)
    end
{%- endmacro %}
