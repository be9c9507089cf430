{#
    Fails for every number of different people, with any activity, that is larger in a shorter window than in a longer one
    with the same last day.
#}
{% test windows_grow(model) %}
    {%- set grains = metric_windows() | list + ['all'] %}
    with people_metrics as (

        select metric_name
        from {{ ref('int_metrics__definitions') }}
        where
            kind = 'distinct'
            and min_active_days = 1
            and max_active_days is null

    ),

    side_by_side as (

        select
            current_values.metric_name,
            current_values.entity_type,
            current_values.entity_id,
            {% for grain in grains -%}
            coalesce(max(case when current_values.grain = '{{ grain }}' then current_values.amount end), 0) as {{ grain }}_amount
            {{- ',' if not loop.last }}
            {% endfor -%}
        from {{ model }} as current_values
        inner join people_metrics
            on people_metrics.metric_name = current_values.metric_name
        where current_values.amount is not null
        group by
            current_values.metric_name,
            current_values.entity_type,
            current_values.entity_id

    )

    select *
    from side_by_side
    where
        {% for grain in grains[1:] -%}
        {{ grain }}_amount < {{ grains[loop.index0] }}_amount
        {{ 'or' if not loop.last }}
        {% endfor -%}
{% endtest %}
