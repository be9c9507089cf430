with definitions as (

    select * from {{ ref('int_metrics__definitions') }}

),

final as (

    select
        metric_id,
        'OSO' as metric_source,
        'oso' as metric_namespace,
        metric_name,
        display_name,
        summary || {{ metric_paragraph() }} || description as description,
        unit,
        kind,
        version,
        owner,
        caveats,
        event_types_json as event_types,
        definition_yaml as definition,
        sql,
        headline_grain,
        topic,
    from definitions

)

select * from final
