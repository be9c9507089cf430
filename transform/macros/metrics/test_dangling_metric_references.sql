{# Fails for every ratio whose numerator or denominator is not a metric of its own. #}
{% test dangling_metric_references(model) %}
    select definitions.metric_name
    from {{ model }} as definitions
    left join {{ model }} as numerators
        on numerators.metric_name = definitions.numerator
    left join {{ model }} as denominators
        on denominators.metric_name = definitions.denominator
    where
        definitions.kind = 'ratio'
        and (numerators.metric_name is null or denominators.metric_name is null)
{% endtest %}
