{# The hash of an e-mail address, or null where there was no address: the hash of nothing names nobody. #}
{% macro email_hash(hash, domain) -%}
    case
            when {{ hash }} <> '' and not (coalesce({{ domain }}, '') = '' and {{ hash }} = {{ sha1_hex("''") }})
                then {{ hash }}
        end
{%- endmacro %}

{#
    The identity behind a commit: its address, or, where an address is shared by many, the address together with the
    name and the repository. `shared` is a left join of int_shared_addresses.
#}
{% macro commit_identity_id(commits, shared) -%}
    case
            when {{ shared }}.email_hash is null
                then {{ entity_id(["'GIT_EMAIL'", commits ~ '.email_domain', commits ~ '.email_hash']) }}
            else {{ entity_id([
                "'GIT_EMAIL'",
                commits ~ '.email_domain',
                commits ~ '.email_hash',
                "'/'",
                'lower(coalesce(' ~ commits ~ ".author_name, ''))",
                "'/'",
                commits ~ '.to_artifact_id'
            ]) }}
        end
{%- endmacro %}

{# The last word of a text. #}
{% macro last_word(expression) -%}
    {{ return(adapter.dispatch('last_word', 'observer')(expression)) }}
{%- endmacro %}

{% macro duckdb__last_word(expression) -%}
    split_part({{ expression }}, ' ', -1)
{%- endmacro %}

{% macro spark__last_word(expression) -%}
    split_part({{ expression }}, ' ', -1)
{%- endmacro %}

{% macro bigquery__last_word(expression) -%}
    array_reverse(split({{ expression }}, ' '))[safe_ordinal(1)]
{%- endmacro %}
