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

{# Two steps: `numbers` and `logins`, the user of each number of an account, and of each login. #}
{% macro account_names() -%}
numbers as (

    select
        account_id,
        min(user_id) as user_id
    from {{ ref('int_github_accounts') }}
    where account_id is not null
    group by account_id

),

logins as (

    select
        alias_login,
        user_id
    from {{ ref('int_github_accounts') }}
    where is_latest_holder

)
{%- endmacro %}

{#
    The identity that a declaration of people names by number, login or address, from left joins of `numbers` and `logins`.
    A login of which nothing was seen yet is an account all the same.
#}
{% macro named_identity(declared, prefix='') -%}
    coalesce(
            {{ prefix }}numbers.user_id,
            {{ prefix }}logins.user_id,
            {{ entity_id(["'GITHUB'", declared ~ '.' ~ prefix ~ 'login', declared ~ '.' ~ prefix ~ 'login']) }},
            {{ entity_id(["'GIT_EMAIL'", declared ~ '.' ~ prefix ~ 'email_domain', declared ~ '.' ~ prefix ~ 'email_hash']) }}
        )
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
