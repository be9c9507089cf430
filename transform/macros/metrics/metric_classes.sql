{#
    The classes of users, by number; equal to observer.model.people.UserClass. Nobody is known behind events of class
    unknown. Runs with number 0 count the classes that the definition names.
#}
{% macro metric_user_classes() -%}
    {{ return({'person': 1, 'bot': 2, 'agent': 3, 'organization': 4, 'unknown': 5}) }}
{%- endmacro %}

{# The word for the number of a class. #}
{% macro metric_user_class(class_key) -%}
    case {{ class_key }}
        {%- for user_class, number in metric_user_classes().items() %} when {{ number }} then '{{ user_class }}'{% endfor %} end
{%- endmacro %}
