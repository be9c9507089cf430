{#
    Tables and views replaced in one statement, within the one transaction of the build. dbt's own way through a
    temporary name takes several statements and several times the time.
#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('table')) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb', supported_languages=['sql'] -%}
    {{ return(observer.replace_relation('view')) }}
{%- endmaterialization %}

{% macro replace_relation(kind) -%}
    {%- set target_relation = this.incorporate(type=kind) -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none and existing_relation.type != kind -%}
        {% do adapter.drop_relation(existing_relation) %}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace {{ kind }} {{ target_relation }} as (
            {{ model['compiled_code'] }}
        )
    {%- endcall -%}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
