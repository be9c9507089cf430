{#
    Tables and views replaced in one statement; in the warehouse within the one transaction of the build. dbt's own way
    through a temporary name takes several statements and several times the time.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('table')) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('view')) }}
{%- endmaterialization %}

{# Checks of what has not changed since it was checked last are not run again; a check that found rows always is. #}
{% materialization test, adapter='duckdb' -%}
    {%- set fingerprint = observer.node_fingerprint(sql ~ config.get('fail_calc') ~ config.get('error_if')) -%}
    {%- if observer.known_version(fingerprint) == 'passed' -%}
        {%- call statement('main', fetch_result=True) -%}
            select 0 as failures, false as should_warn, false as should_error
        {%- endcall -%}
        {%- do observer.note_version(fingerprint, 'passed') -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
    {%- set result = dbt.materialization_test_default() -%}
    {%- if load_result('main').table.rows[0][0] == 0 -%}
        {%- do observer.note_version(fingerprint, 'passed') -%}
    {%- endif -%}
    {{ return(result) }}
{%- endmaterialization %}

{% materialization table, adapter='bigquery', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('table')) }}
{%- endmaterialization %}

{% materialization view, adapter='bigquery', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('view')) }}
{%- endmaterialization %}

{% materialization table, adapter='spark', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('table')) }}
{%- endmaterialization %}

{% materialization view, adapter='spark', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('view')) }}
{%- endmaterialization %}

{% macro replace_relation(kind) -%}
    {%- set target_relation = this.incorporate(type=kind) -%}
    {%- if observer.is_on('dry_run') -%}
        {#- Written to dbt's target folder, and not run. -#}
        {%- call noop_statement('main', 'DRY RUN') -%}
            {{ observer.replace_statement(kind, target_relation, observer.portable(model['compiled_code'])) }}
        {%- endcall -%}
        {{ return({'relations': []}) }}
    {%- endif -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set is_there = existing_relation is not none and existing_relation.type == kind -%}
    {#- A model that compares with what it was is made in every build. -#}
    {%- set salt = invocation_id if config.get('meta', {}).get('reads_itself') else '' -%}
    {%- set fingerprint = observer.node_fingerprint(kind ~ model['compiled_code'] ~ salt) -%}
    {%- set known = observer.known_version(fingerprint) if is_there else none -%}
    {%- if known is not none -%}
        {%- do observer.leave_unchanged() -%}
        {%- do observer.note_version(fingerprint, known) -%}
        {{ return({'relations': [target_relation]}) }}
    {%- endif -%}
    {%- if existing_relation is not none
        and (not is_there or (kind == 'table' and not observer.replaces_tables())) -%}
        {% do adapter.drop_relation(existing_relation) %}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ observer.replace_statement(kind, target_relation, observer.portable(model['compiled_code'])) }}
    {%- endcall -%}
    {%- if kind == 'table' -%}
        {%- do observer.note_version(fingerprint, relation=target_relation) -%}
    {%- else -%}
        {%- do observer.note_version(fingerprint, fingerprint) -%}
    {%- endif -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}

{# Whether the engine replaces a table in one statement. #}
{% macro replaces_tables() -%}
    {{ return(target.type != 'spark' or config.get('file_format') in ('delta', 'iceberg')) }}
{%- endmacro %}

{% macro replace_statement(kind, relation, sql) -%}
    {{ return(adapter.dispatch('replace_statement', 'observer')(kind, relation, sql)) }}
{%- endmacro %}

{% macro default__replace_statement(kind, relation, sql) -%}
    create or replace {{ kind }} {{ relation }} as (
        {{ sql }}
    )
{%- endmacro %}

{% macro bigquery__replace_statement(kind, relation, sql) -%}
    create or replace {{ kind }} {{ relation }}
    {% if kind == 'table' -%}
    {%- set partition = config.get('partition_by') -%}
    {%- set clusters = config.get('cluster_by') or [] -%}
    {{ 'partition by ' ~ adapter.parse_partition_by(partition).render() if partition }}
    {{ 'cluster by ' ~ clusters | join(', ') if clusters }}
    {%- endif %}
    as (
        {{ sql }}
    )
{%- endmacro %}

{% macro spark__replace_statement(kind, relation, sql) -%}
    create {{ 'or replace ' if kind == 'view' or observer.replaces_tables() }}{{ kind }} {{ relation }}
    {% if kind == 'table' -%}
    using {{ config.get('file_format') or 'parquet' }}
    {%- set partition = config.get('partition_by') or [] -%}
    {{ ' partitioned by (' ~ partition | join(', ') ~ ')' if partition }}
    {%- endif %}
    as
    {{ sql }}
{%- endmacro %}
