{# Fails for every invariant that a row breaks, and names such rows. #}
{% test invariants_hold(model) %}
    select
        invariant_name,
        broken_row_count,
        checked_row_count,
        examples
    from {{ model }}
    where state <> 'holds'
{% endtest %}
