{#
    Models are written in the words that DuckDB, BigQuery and Spark share. A few spellings that stand in every model are
    put into an engine's own words here, when the statement is made:

    - types: `varchar`, `double` and `decimal(38, n)`;
    - a comma before `from`, which Spark does not take;
    - backslashes, which stand for themselves in DuckDB's literals.

    Functions have macros of their own in the other files.
#}
{% macro portable(sql) -%}
    {{ return(adapter.dispatch('portable', 'observer')(sql)) }}
{%- endmacro %}

{% macro default__portable(sql) -%}
    {{ return(sql) }}
{%- endmacro %}

{% macro bigquery__portable(sql) -%}
    {%- set sql = modules.re.sub('(?i)\\bas varchar\\b', 'as string', sql) -%}
    {%- set sql = modules.re.sub('(?i)\\bas double\\b', 'as float64', sql) -%}
    {%- set sql = modules.re.sub('(?i)\\bas decimal\\([^)]*\\)', 'as bignumeric', sql) -%}
    {{ return(sql | replace('\\', '\\\\')) }}
{%- endmacro %}

{% macro spark__portable(sql) -%}
    {%- set sql = modules.re.sub('(?i)\\bas varchar\\b', 'as string', sql) -%}
    {{ return(modules.re.sub('(?i),(\\s*(?:--[^\\n]*\\n\\s*)*from\\b)', '\\1', sql)) }}
{%- endmacro %}

{# A type of a declared raw column in the engine's own words. #}
{% macro column_type(name) -%}
    {{ return(adapter.dispatch('column_type', 'observer')(name)) }}
{%- endmacro %}

{% macro default__column_type(name) -%}
    {{ return(name) }}
{%- endmacro %}

{% macro bigquery__column_type(name) -%}
    {%- if name.endswith('[]') -%}
        {{ return('array<' ~ bigquery__column_type(name[:-2]) ~ '>') }}
    {%- elif name.startswith('struct(') -%}
        {{ return('struct<' ~ bigquery__column_type(name[7:-1]) ~ '>') }}
    {%- endif -%}
    {{ return(name | replace('varchar', 'string') | replace('double', 'float64')) }}
{%- endmacro %}

{% macro spark__column_type(name) -%}
    {%- if name.endswith('[]') -%}
        {{ return('array<' ~ spark__column_type(name[:-2]) ~ '>') }}
    {%- elif name.startswith('struct(') -%}
        {{ return('struct<' ~ modules.re.sub('(\\w+) (\\w+)', '\\1: \\2', spark__column_type(name[7:-1])) ~ '>') }}
    {%- endif -%}
    {{ return(name | replace('varchar', 'string')) }}
{%- endmacro %}

{# Checks of the data are put into the engine's words as models are. #}
{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    select
        {{ fail_calc }} as failures,
        {{ fail_calc }} {{ warn_if }} as should_warn,
        {{ fail_calc }} {{ error_if }} as should_error
    from (
        {{ portable(main_sql) }}
        {{ 'limit ' ~ limit if limit is not none }}
    ) as dbt_internal_test
{%- endmacro %}

{# Rows of a seed. Spark's adapter itself writes missing values as the text None, and ends literals at an apostrophe. #}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for column in agate_table.column_names -%}
            {%- set type = types.get(column, 'string') -%}
            {%- if row[column] is none -%}
                {%- do values.append('cast(null as ' ~ type ~ ')') -%}
            {%- else -%}
                {%- set literal = (row[column] | string) | replace("'", "' || chr(39) || '") -%}
                {%- do values.append("cast('" ~ literal ~ "' as " ~ type ~ ')') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do rows.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set sql -%}
        insert into {{ this.render() }} values {{ rows | join(', ') }}
    {%- endset -%}
    {%- if rows -%}
        {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {%- endif -%}
    {{ return(sql) }}
{%- endmacro %}
