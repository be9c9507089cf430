{# What the models of package registries share. JSON is kept as text in raw tables; these macros look into it. #}

{# Entries of a JSON object as structs (key, value) with the value as JSON text, one row each. Null gives no row. #}
{% macro json_entries(expression) -%}
    unnest(map_entries(cast(cast({{ expression }} as json) as map(varchar, json))))
{%- endmacro %}

{# Items of a JSON list as JSON text, one row each. #}
{% macro json_items(expression) -%}
    unnest(cast(cast({{ expression }} as json) as json[]))
{%- endmacro %}

{# A value inside of JSON text as text. The path is JSON path without its `$.`. #}
{% macro json_text(expression, path) -%}
    json_extract_string({{ expression }}, '$.{{ path }}')
{%- endmacro %}

{# A JSON value as text; text that is no JSON stays as it is. #}
{% macro json_plain(expression) -%}
    json_extract_string(cast({{ expression }} as json), '$')
{%- endmacro %}

{# What npm gives as text or as an object with the text in one of its fields. #}
{% macro npm_text(expression, field) -%}
    case
        when {{ expression }} like '{%- raw %}{%{% endraw -%}' then json_extract_string({{ expression }}, '$.{{ field }}')
        when {{ expression }} like '[%' then null
        else nullif({{ expression }}, '')
    end
{%- endmacro %}

{# A PyPI name as the registry compares it: lower case, runs of hyphens, underscores and dots as one hyphen. #}
{% macro pypi_name(expression) -%}
    lower(regexp_replace({{ expression }}, '[-_.]+', '-', 'g'))
{%- endmacro %}

{#
    An address of a repository in one form, https://host/path, from the forms that registries accept:
    git+https, git://, ssh, user@host:path, github:owner/name and the bare owner/name.
#}
{% macro repository_address(expression) -%}
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(trim({{ expression }}), '^(git\+|scm:git:)+', ''),
                    '^(github|gitlab|bitbucket):([^/])', 'https://\1.host/\2'
                ),
                '^([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)$', 'https://github.host/\1'
            ),
            '^(ssh://)?[A-Za-z0-9_.-]+@([A-Za-z0-9.-]+)[:/]', 'https://\2/'
        ),
        '^(git|ssh|http|https)://([^/@]*@)?(www\.)?', 'https://'
    )
{%- endmacro %}

{# The parts of a repository's address as a struct (artifact_source, artifact_namespace, artifact_name); null for other hosts. #}
{% macro repository_part(expression, part) -%}
    {%- set groups = {'host': 1, 'namespace': 3, 'name': 4} -%}
    nullif(
        lower(regexp_replace(regexp_extract(
            {{ expression }},
            '^https://(github|gitlab|bitbucket|codeberg)\.(host|com|org)/([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+)',
            {{ groups[part] }}
        ), '\.git$', '')),
        ''
    )
{%- endmacro %}

{# The namespace of a package by the rules of the directory: npm's scope, a Go module's owner, else what is before a slash. #}
{% macro package_namespace(source, name) -%}
    case
        when {{ source }} = 'NPM' then split_part(ltrim({{ name }}, '@'), '/', 1)
        when {{ source }} = 'GO' and {{ name }} like '%/%' then split_part({{ name }}, '/', 2)
        else split_part({{ name }}, '/', 1)
    end
{%- endmacro %}

{# The artifact id of a package; one that is a repository itself (a GitHub package URL) is the repository. #}
{% macro package_id(source, name) -%}
    case
        when {{ source }} = 'GITHUB'
            then {{ entity_id([source, "split_part(" ~ name ~ ", '/', 1)", "split_part(" ~ name ~ ", '/', 2)"]) }}
        else {{ entity_id([source, package_namespace(source, name), name]) }}
    end
{%- endmacro %}

{# The directory's word for a registry from deps.dev's. #}
{% macro package_source_of_system(expression) -%}
    case upper({{ expression }}) when 'CARGO' then 'CRATES' else upper({{ expression }}) end
{%- endmacro %}

{# A package name as the observatory compares it. #}
{% macro package_name_of(source, expression) -%}
    case when {{ source }} = 'PYPI' then {{ pypi_name(expression) }} else lower({{ expression }}) end
{%- endmacro %}

{# The registries that tell what a version needs for development alone. #}
{% macro registries_with_development_dependencies() -%}
    ('NPM', 'CRATES')
{%- endmacro %}
