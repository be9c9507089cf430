{#
    The classes of users, by number; equal to observer.model.people.UserClass. Nobody is known behind events of class
    unknown. Runs with number 0 count the classes that the definition names.
#}
{% macro metric_user_classes() -%}
    {{ return({'person': 1, 'bot': 2, 'agent': 3, 'organization': 4, 'unknown': 5}) }}
{%- endmacro %}
