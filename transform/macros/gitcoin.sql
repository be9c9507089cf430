{# The key of a round: rounds are numbered by address on each chain, the oldest ones without a chain. #}
{% macro gitcoin_round_key(chain_id, round_id) -%}
    coalesce(cast({{ chain_id }} as varchar), '') || ':' || coalesce({{ round_id }}, '')
{%- endmacro %}
