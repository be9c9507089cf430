{#
    Creates the raw tables and columns that no connector has written yet, empty, from the data types declared
    in sources.yml, so that every model can be built before the first sync of every connector. In the warehouse they are
    views of no rows, which a first load replaces: DuckLake asks its catalog for the statistics of a table without rows
    again and again, once for each column that a statement reads.
#}
{% macro create_missing_sources() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') and not observer.is_on('dry_run') -%}
        {%- set declared = graph.sources.values() | selectattr('package_name', 'equalto', project_name) | list -%}
        {%- set known = observer.existing_columns(declared[0].database, declared[0].schema) -%}
        {%- set stand_ins = observer.stand_ins(declared[0].database, declared[0].schema) -%}
        {%- set statements = [] -%}
        {%- set created = [] -%}
        {%- if not known -%}
            {%- do statements.append('create schema if not exists ' ~ observer.raw_name(declared[0])) -%}
        {%- endif -%}
        {%- for source in declared -%}
            {%- set relation = observer.raw_name(source, source.identifier) -%}
            {%- set columns = source.columns.values() | list -%}
            {%- set lacks = columns | rejectattr('name', 'in', known.get(source.identifier, [])) | list -%}
            {%- if source.identifier not in known or (lacks and source.identifier in stand_ins) -%}
                {%- if source.identifier not in known -%}
                    {%- do created.append(source.unique_id) -%}
                {%- endif -%}
                {%- do statements.append(observer.empty_source(relation, columns)) -%}
            {%- else -%}
                {%- for column in lacks -%}
                    {%- do statements.append('alter table ' ~ relation ~ ' add column '
                        ~ adapter.quote(column.name) ~ ' ' ~ observer.column_type(column.data_type)) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if statements -%}
            {% do observer.run_all(statements) %}
            {%- do observer.note_empty_sources(created) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The statement for a relation of these columns without rows. #}
{% macro empty_source(relation, columns) -%}
    {{ return(adapter.dispatch('empty_source', 'observer')(relation, columns)) }}
{%- endmacro %}

{% macro default__empty_source(relation, columns) -%}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {% do fields.append(adapter.quote(column.name) ~ ' ' ~ observer.column_type(column.data_type)) %}
    {%- endfor -%}
    {{ return('create table if not exists ' ~ relation ~ ' (' ~ fields | join(', ') ~ ')') }}
{%- endmacro %}

{% macro duckdb__empty_source(relation, columns) -%}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {% do fields.append('cast(null as ' ~ observer.column_type(column.data_type) ~ ') as ' ~ adapter.quote(column.name)) %}
    {%- endfor -%}
    {{ return('create or replace view ' ~ relation ~ ' as select ' ~ fields | join(', ') ~ ' where false') }}
{%- endmacro %}

{# The relations of a schema that stand in for tables which no connector has written. #}
{% macro stand_ins(database, schema) -%}
    {%- if target.type != 'duckdb' -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select view_name
        from duckdb_views()
        where database_name = '{{ database }}' and schema_name = '{{ schema }}'
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{%- endmacro %}

{# The name of the raw schema, or of a table in it, as statements spell it. #}
{% macro raw_name(source, identifier=none) -%}
    {%- set parts = [source.schema] + ([identifier] if identifier else []) -%}
    {{ return(adapter.dispatch('raw_name', 'observer')(source.database, parts)) }}
{%- endmacro %}

{% macro default__raw_name(database, parts) -%}
    {{ return(([database] + parts) | join('.')) }}
{%- endmacro %}

{% macro bigquery__raw_name(database, parts) -%}
    {{ return('`' ~ ([database] + parts) | join('`.`') ~ '`') }}
{%- endmacro %}

{% macro spark__raw_name(database, parts) -%}
    {{ return(parts | join('.')) }}
{%- endmacro %}

{# Runs statements one after the other: in one call where the engine takes several at once. #}
{% macro run_all(statements) -%}
    {{ return(adapter.dispatch('run_all', 'observer')(statements)) }}
{%- endmacro %}

{% macro default__run_all(statements) -%}
    {%- for one in statements -%}
        {%- call statement('create_missing_sources', auto_begin=False) -%}
            {{ one }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}

{% macro duckdb__run_all(statements) -%}
    {%- call statement('create_missing_sources', auto_begin=False) -%}
        {{ statements | join('; ') }}
    {%- endcall -%}
{%- endmacro %}

{# The column names by table of one schema: {table: [column, ...]}. #}
{% macro existing_columns(database, schema) -%}
    {{ return(adapter.dispatch('existing_columns', 'observer')(database, schema)) }}
{%- endmacro %}

{% macro default__existing_columns(database, schema) -%}
    {%- set query -%}
        select table_name, column_name
        from information_schema.columns
        where table_catalog = '{{ database }}' and table_schema = '{{ schema }}'
    {%- endset -%}
    {{ return(observer.columns_by_table(query)) }}
{%- endmacro %}

{# Asked table by table of the API, which costs nothing, unlike a query of INFORMATION_SCHEMA. #}
{% macro bigquery__existing_columns(database, schema) -%}
    {%- set found = {} -%}
    {%- set place = api.Relation.create(database=database, schema=schema) -%}
    {%- for relation in adapter.list_relations_without_caching(place) -%}
        {% do found.update({relation.identifier: adapter.get_columns_in_relation(relation) | map(attribute='name') | list}) %}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro spark__existing_columns(database, schema) -%}
    {%- set found = {} -%}
    {%- for row in run_query('show tables in ' ~ schema) -%}
        {%- set names = [] -%}
        {%- for column in run_query('show columns in ' ~ schema ~ '.' ~ row['tableName']) -%}
            {% do names.append(column[0]) %}
        {%- endfor -%}
        {% do found.update({row['tableName']: names}) %}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro columns_by_table(query) -%}
    {%- set found = {} -%}
    {%- for row in run_query(query) -%}
        {% do found.setdefault(row[0], []).append(row[1]) %}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
