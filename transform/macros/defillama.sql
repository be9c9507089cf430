{# Points of a protocol's value as a list of structs (date in seconds since 1970, totalLiquidityUSD). #}
{% macro defillama_points(expression) -%}
    {{ return(adapter.dispatch('defillama_points', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__defillama_points(expression) -%}
    cast(cast({{ expression }} as json) as struct("date" double, "totalLiquidityUSD" double)[])
{%- endmacro %}

{% macro bigquery__defillama_points(expression) -%}
    array(
        select as struct
            cast(json_value(each_point, '$.date') as float64) as `date`,
            cast(json_value(each_point, '$.totalLiquidityUSD') as float64) as `totalLiquidityUSD`
        from unnest(json_query_array({{ expression }})) as each_point
    )
{%- endmacro %}

{% macro spark__defillama_points(expression) -%}
    from_json({{ expression }}, 'array<struct<`date`: double, `totalLiquidityUSD`: double>>')
{%- endmacro %}

{# The sum over the values of a JSON object; a bare number stays as it is. #}
{% macro defillama_total(expression) -%}
    {{ return(adapter.dispatch('defillama_total', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__defillama_total(expression) -%}
    case json_type({{ expression }})
        when 'OBJECT'
            then list_sum(list_transform(
                map_values(cast({{ expression }} as map(varchar, json))),
                lambda amount: try_cast(json_extract_string(amount, '$') as double)
            ))
        else try_cast(json_extract_string({{ expression }}, '$') as double)
    end
{%- endmacro %}

{% macro bigquery__defillama_total(expression) -%}
    case
        when {{ json_is_object(expression) }}
            then (
                select sum(safe_cast(json_value(each_entry.value, '$') as float64))
                from unnest({{ json_entries(expression) }}) as each_entry
            )
        else safe_cast({{ expression }} as float64)
    end
{%- endmacro %}

{% macro spark__defillama_total(expression) -%}
    case
        when {{ json_is_object(expression) }}
            then aggregate(
                map_values(from_json({{ expression }}, 'map<string, string>')),
                cast(0 as double),
                (total, amount) -> total + coalesce(try_cast(amount as double), 0)
            )
        else try_cast({{ expression }} as double)
    end
{%- endmacro %}

{# An instant in UTC out of seconds since 1970. #}
{% macro instant_of(expression) -%}
    {{ return(adapter.dispatch('instant_of', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__instant_of(expression) -%}
    make_timestamp(cast({{ expression }} as bigint) * 1000000)
{%- endmacro %}

{% macro default__instant_of(expression) -%}
    timestamp_seconds(cast({{ expression }} as bigint))
{%- endmacro %}

{#
    The day that a point stands for. Days were closed at midnight in the time zone of whoever collected them, so
    that 22:00 and 23:00 are the midnight of the next day; what is not on the hour was taken at that moment.
#}
{% macro day_of_close(expression) -%}
    case
        when {{ is_on_the_hour(expression) }} then cast({{ add_hours(expression, 12) }} as date)
        else cast({{ expression }} as date)
    end
{%- endmacro %}

{% macro is_on_the_hour(expression) -%}
    {{ expression }} = {{ hour_of(expression) }}
{%- endmacro %}

{# The parts of a name of a chain that are no chain: what DefiLlama keeps apart from the value locked itself. #}
{% macro defillama_sections() -%}
    {{ return(
        '(^|-)(borrowed|staking|pool2|vesting|treasury|offers|OwnTokens|doublecounted|liquidstaking|dcAndLsOverlap)$'
    ) }}
{%- endmacro %}

{% macro defillama_section(expression) -%}
    {{ regex_group(expression, defillama_sections(), 2) }}
{%- endmacro %}

{# The name of a chain without its section; null where it has none. #}
{% macro defillama_without_section(expression) -%}
    case when {{ matches(expression, defillama_sections()) }} then {{ regex_replace(expression, defillama_sections(), '') }} end
{%- endmacro %}
