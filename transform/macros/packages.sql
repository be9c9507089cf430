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
