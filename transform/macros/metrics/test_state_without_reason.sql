{# Fails for every current value whose amount and coverage do not agree with its state. #}
{% test state_without_reason(model) %}
    select *
    from {{ model }}
    where
        (state = 'unknown' and amount is not null)
        or (state = 'zero' and (amount is null or amount <> 0 or coverage_ratio < 1))
        or (state = 'value' and amount is null)
        or state not in ('value', 'zero', 'unknown')
        or coverage_ratio is null
        or coverage_ratio < 0
        or coverage_ratio > 1
{% endtest %}
