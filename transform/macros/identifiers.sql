{#
    Opaque ids, equal to observer.model.identifier: base64 of the SHA-256 of the concatenated parts.
    Parts are SQL expressions; an id of an unknown (null) part is null.
#}
{% macro entity_id(parts) -%}
    {{ return(adapter.dispatch('entity_id', 'observer')(parts)) }}
{%- endmacro %}

{% macro duckdb__entity_id(parts) -%}
    base64(unhex(sha256({{ parts | join(' || ') }})))
{%- endmacro %}

{% macro spark__entity_id(parts) -%}
    base64(unhex(sha2({{ parts | join(' || ') }}, 256)))
{%- endmacro %}

{% macro bigquery__entity_id(parts) -%}
    to_base64(sha256(concat({{ parts | join(', ') }})))
{%- endmacro %}

{# An address on a network: the network is the source, and there is no namespace, as in the original of 2025. #}
{% macro address_id(network, address) -%}
    {{ entity_id([network, address]) }}
{%- endmacro %}

{# The 2024 form: the same digest in the URL-safe alphabet. #}
{% macro legacy_id(parts) -%}
    replace(replace({{ entity_id(parts) }}, '+', '-'), '/', '_')
{%- endmacro %}

{# The SHA-1 of a text in hexadecimal digits: the archive's own way to hide the local part of an e-mail address. #}
{% macro sha1_hex(expression) -%}
    {{ return(adapter.dispatch('sha1_hex', 'observer')(expression)) }}
{%- endmacro %}

{% macro default__sha1_hex(expression) -%}
    sha1({{ expression }})
{%- endmacro %}

{% macro bigquery__sha1_hex(expression) -%}
    to_hex(sha1({{ expression }}))
{%- endmacro %}
