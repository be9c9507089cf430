{# Points of a protocol's value, one row each, as structs (date in seconds since 1970, totalLiquidityUSD). #}
{% macro defillama_points(expression) -%}
    {{ return(adapter.dispatch('defillama_points', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__defillama_points(expression) -%}
    unnest(cast(cast({{ expression }} as json) as struct("date" double, "totalLiquidityUSD" double)[]))
{%- endmacro %}

{# Points of a chart, one row each, as JSON lists of seconds since 1970 and what there was. #}
{% macro defillama_second(expression, position) -%}
    json_extract(cast({{ expression }} as json), '$[{{ position }}]')
{%- endmacro %}

{# The sum over the values of a JSON object; a bare number stays as it is. #}
{% macro defillama_total(expression) -%}
    case json_type({{ expression }})
        when 'OBJECT'
            then list_sum(list_transform(
                map_values(cast({{ expression }} as map(varchar, json))),
                lambda amount: try_cast(json_extract_string(amount, '$') as double)
            ))
        else try_cast(json_extract_string({{ expression }}, '$') as double)
    end
{%- endmacro %}

{# An instant in UTC out of seconds since 1970. #}
{% macro instant_of(expression) -%}
    make_timestamp(cast({{ expression }} as bigint) * 1000000)
{%- endmacro %}

{#
    The day that a point stands for. Days were closed at midnight in the time zone of whoever collected them, so
    that 22:00 and 23:00 are the midnight of the next day; what is not on the hour was taken at that moment.
#}
{% macro day_of_close(expression) -%}
    case
        when {{ is_on_the_hour(expression) }} then cast({{ expression }} + interval 12 hour as date)
        else cast({{ expression }} as date)
    end
{%- endmacro %}

{% macro is_on_the_hour(expression) -%}
    {{ expression }} = date_trunc('hour', {{ expression }})
{%- endmacro %}

{# The part of a name of a chain that is no chain: what DefiLlama keeps apart from the value locked itself. #}
{% macro defillama_section(expression) -%}
    regexp_extract({{ expression }}, '(^|-)(borrowed|staking|pool2|vesting|treasury|offers|OwnTokens|doublecounted|liquidstaking|dcAndLsOverlap)$', 2)
{%- endmacro %}
