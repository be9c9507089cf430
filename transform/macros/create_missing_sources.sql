{#
    Creates the raw tables and columns that no connector has written yet, empty, from the data types declared
    in sources.yml, so that every model can be built before the first sync of every connector.
#}
{% macro create_missing_sources() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- set declared = graph.sources.values() | selectattr('package_name', 'equalto', project_name) | list -%}
        {%- set known = observer.existing_columns(declared[0].database, declared[0].schema) -%}
        {%- set statements = [] -%}
        {%- set created = [] -%}
        {%- if not known -%}
            {%- do statements.append('create schema if not exists ' ~ declared[0].database ~ '.' ~ declared[0].schema) -%}
        {%- endif -%}
        {%- for source in declared -%}
            {%- set relation = source.database ~ '.' ~ source.schema ~ '.' ~ source.identifier -%}
            {%- set columns = source.columns.values() | list -%}
            {%- if source.identifier not in known -%}
                {%- set definitions = [] -%}
                {%- for column in columns -%}
                    {% do definitions.append(adapter.quote(column.name) ~ ' ' ~ column.data_type) %}
                {%- endfor -%}
                {%- do created.append(source.unique_id) -%}
                {%- do statements.append('create table if not exists ' ~ relation ~ ' (' ~ definitions | join(', ') ~ ')') -%}
            {%- else -%}
                {%- for column in columns if column.name not in known[source.identifier] -%}
                    {%- do statements.append('alter table ' ~ relation ~ ' add column '
                        ~ adapter.quote(column.name) ~ ' ' ~ column.data_type) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if statements -%}
            {%- call statement('create_missing_sources', auto_begin=False) -%}
                {{ statements | join('; ') }}
            {%- endcall -%}
            {%- do observer.note_empty_sources(created) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The column names by table of one schema: {table: [column, ...]}. #}
{% macro existing_columns(database, schema) -%}
    {%- set query -%}
        select table_name, column_name
        from information_schema.columns
        where table_catalog = '{{ database }}' and table_schema = '{{ schema }}'
    {%- endset -%}
    {%- set found = {} -%}
    {%- for row in run_query(query) -%}
        {% do found.setdefault(row[0], []).append(row[1]) %}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
