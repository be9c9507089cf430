{#
    Fails for every run that starts before the run before it in the same series has ended, or that ends before it
    starts. Where it holds, one row per run is one row per day of a run.
#}
{% test disjoint_runs(model, series, start_column='start_date', end_column='end_date') %}
    with ordered as (

        select
            {{ series | join(', ') }},
            {{ start_column }},
            {{ end_column }},
            lag({{ end_column }}) over (
                partition by {{ series | join(', ') }}
                order by {{ start_column }}, {{ end_column }}
            ) as previous_end,
        from {{ model }}

    )

    select *
    from ordered
    where
        {{ end_column }} < {{ start_column }}
        or previous_end >= {{ start_column }}
{% endtest %}
