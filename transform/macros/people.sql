{# The hash of an e-mail address, or null where there was no address: the hash of nothing names nobody. #}
{% macro email_hash(hash, domain) -%}
    case
            when {{ hash }} <> '' and not (coalesce({{ domain }}, '') = '' and {{ hash }} = {{ sha1_hex("''") }})
                then {{ hash }}
        end
{%- endmacro %}
