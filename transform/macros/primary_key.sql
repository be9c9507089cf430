{#
    Fails for every key that is null in a part or held by more than one row; one scan for both.
    Columns in nullable may be null in a key. With newest_by, only the rows of the newest load are looked at:
    large tables are kept unique by the loader.
#}
{% test primary_key(model, columns, nullable=[], newest_by=none) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    {% if newest_by -%}
    where {{ newest_by }} = (select max({{ newest_by }}) from {{ model }})
    {% endif -%}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns if column not in nullable -%}
        or {{ column }} is null
        {% endfor %}
{% endtest %}
