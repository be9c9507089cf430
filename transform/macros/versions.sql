{#
    A digest of a node's SQL and of the versions of all that it reads, or none where one of these has no version.
    The tables known_versions and current_versions are those of observer.transform.versions; without them, and on other
    engines, nothing has a version and everything is made anew.
#}
{% macro node_fingerprint(sql) -%}
    {%- if target.type != 'duckdb' or not observer.is_on('has_versions') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set inputs = model['depends_on']['nodes'] | unique | list -%}
    {%- set query -%}
        select node, version
        from temp.main.current_versions
        where
            node in ('{{ inputs | join("', '") }}')
            and version is not null
        order by node
    {%- endset -%}
    {%- set rows = run_query(query).rows if inputs else [] -%}
    {%- if rows | length < inputs | length -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set parts = [sql] -%}
    {%- for row in rows -%}
        {%- do parts.append(row[0] ~ '=' ~ row[1]) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{# The version that a node has from the build before, or none if it was made of something else. #}
{% macro known_version(fingerprint) -%}
    {%- if fingerprint is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set query -%}
        select version
        from temp.main.known_versions
        where
            node = '{{ model["unique_id"] }}'
            and fingerprint = '{{ fingerprint }}'
    {%- endset -%}
    {%- set rows = run_query(query).rows -%}
    {{ return(rows[0][0] if rows else none) }}
{%- endmacro %}

{#
    Notes what a node was made of; the version is a text, or the digest of the rows of a relation. What was made of
    something without a version has none either, so that the next build does not take it for what it was before.
#}
{% macro note_version(fingerprint, version=none, relation=none) -%}
    {%- if target.type == 'duckdb' and observer.is_on('has_versions') -%}
        {%- call statement('note_version', auto_begin=False) -%}
            insert into temp.main.current_versions
            {% if fingerprint is none -%}
            values ('{{ model["unique_id"] }}', null, null)
            {%- elif relation is none -%}
            values ('{{ model["unique_id"] }}', '{{ fingerprint }}', '{{ version }}')
            {%- else -%}
            select
                '{{ model["unique_id"] }}',
                '{{ fingerprint }}',
                concat_ws('/', count(*), bit_xor(hash(row_of_it)), sum(hash(row_of_it)))
            from {{ relation }} as row_of_it
            {%- endif %}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{# Seeds are their files: their versions are there before anything is built. #}
{% macro note_seeds() -%}
    {%- if execute and target.type == 'duckdb' and observer.is_on('has_versions') -%}
        {%- for seed in graph.nodes.values() if seed.resource_type == 'seed' -%}
            {%- set version = local_md5(seed.checksum.checksum ~ seed.config.column_types) -%}
            {%- call statement('note_seed', auto_begin=False) -%}
                insert into temp.main.current_versions values ('{{ seed.unique_id }}', '{{ version }}', '{{ version }}')
            {%- endcall -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{# A raw table that was created for this build has no rows, which is its version. #}
{% macro note_empty_sources(nodes) -%}
    {%- if nodes and target.type == 'duckdb' and observer.is_on('has_versions') -%}
        {%- call statement('note_empty_sources', auto_begin=False) -%}
            insert into temp.main.current_versions
            values
            {% for node in nodes -%}
            ('{{ node }}', '', '0') {{- ',' if not loop.last }}
            {% endfor %}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{# Leaves a node as it is. #}
{% macro leave_unchanged() -%}
    {%- call noop_statement('main', 'UNCHANGED', 'UNCHANGED') -%}
        -- as the build before made it
    {%- endcall -%}
{%- endmacro %}
