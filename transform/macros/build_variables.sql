{#
    What is told to one build alone. The runner gives it by an environment variable of the kind that dbt shows to models
    without noting who read it: a value on the command line would make dbt parse the whole project anew each day.
    Whoever runs dbt alone uses `vars`.
#}
{% macro build_variable(name) -%}
    {{ return(dbt_metadata_envs.get(name | upper, var(name))) }}
{%- endmacro %}

{% macro is_on(name) -%}
    {{ return((observer.build_variable(name) | string | lower) == 'true') }}
{%- endmacro %}
