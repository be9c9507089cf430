{# What the models of package registries share. #}

{# What npm gives as text or as an object with the text in one of its fields. #}
{% macro npm_text(expression, field) -%}
    case
        when {{ expression }} like '{%- raw %}{%{% endraw -%}' then {{ json_text(expression, field) }}
        when {{ expression }} like '[%' then null
        else nullif({{ expression }}, '')
    end
{%- endmacro %}

{# A PyPI name as the registry compares it: lower case, runs of hyphens, underscores and dots as one hyphen. #}
{% macro pypi_name(expression) -%}
    lower({{ regex_replace_all(expression, '[-_.]+', '-') }})
{%- endmacro %}

{#
    An address of a repository in one form, https://host/path, from the forms that registries accept:
    git+https, git://, ssh, user@host:path, github:owner/name and the bare owner/name.
#}
{% macro repository_address(expression) -%}
    {%- set steps = [
        ('^(git\\+|scm:git:)+', ''),
        ('^(github|gitlab|bitbucket):([^/])', 'https://\\1.host/\\2'),
        ('^([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)$', 'https://github.host/\\1'),
        ('^(ssh://)?[A-Za-z0-9_.-]+@([A-Za-z0-9.-]+)[:/]', 'https://\\2/'),
        ('^(git|ssh|http|https)://([^/@]*@)?(www\\.)?', 'https://'),
    ] -%}
    {%- set found = namespace(address='trim(' ~ expression ~ ')') -%}
    {%- for pattern, replacement in steps -%}
        {%- set found.address = regex_replace(found.address, pattern, replacement) -%}
    {%- endfor -%}
    {{ found.address }}
{%- endmacro %}

{# The parts of a repository's address as a struct (artifact_source, artifact_namespace, artifact_name); null for other hosts. #}
{% macro repository_part(expression, part) -%}
    {%- set groups = {'host': 1, 'namespace': 3, 'name': 4} -%}
    {%- set address = '^https://(github|gitlab|bitbucket|codeberg)\\.(host|com|org)/([A-Za-z0-9_.-]+)/([A-Za-z0-9_.-]+)' -%}
    nullif(lower({{ regex_replace(regex_group(expression, address, groups[part]), '\\.git$', '') }}), '')
{%- endmacro %}

{# The namespace of a package by the rules of the directory: npm's scope, a Go module's owner, else what is before a slash. #}
{% macro package_namespace(source, name) -%}
    case
        when {{ source }} = 'NPM' then {{ text_part(without_leading(name, '@'), '/', 1) }}
        when {{ source }} = 'GO' and {{ name }} like '%/%' then {{ text_part(name, '/', 2) }}
        else {{ text_part(name, '/', 1) }}
    end
{%- endmacro %}

{# The artifact id of a package; one that is a repository itself (a GitHub package URL) is the repository. #}
{% macro package_id(source, name) -%}
    case
        when {{ source }} = 'GITHUB'
            then {{ entity_id([source, text_part(name, '/', 1), text_part(name, '/', 2)]) }}
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
