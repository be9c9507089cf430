{{ config(materialized='table') }}

with source as (

    select * from {{ source('raw', 'metrics__definitions') }}

),

final as (

    select
        cast(row_number() over (order by metric_name) as integer) as metric_key,
        {{ entity_id(["'OSO'", "'oso'", "metric_name"]) }} as metric_id,
        metric_name,
        version,
        display_name,
        unit,
        kind,
        summary,
        description,
        owner,
        caveats,
        event_types,
        {{ metric_json('event_types') }} as event_types_json,
        grains,
        coalesce(min_active_days, 1) as min_active_days,
        max_active_days,
        coalesce(is_first_only, false) as is_first_only,
        kind in ('sum', 'distinct', 'sql') and absent = 'zero' as is_zero_if_absent,
        needs,
        total,
        kind in ('sum', 'distinct') or coalesce(needs, 'history') <> 'history' as has_lasting_totals,
        numerator,
        denominator,
        user_classes,
        headline_grain,
        topic,
        original_names,
        event_source,
        definition_path,
        definition_yaml,
        sql,
        cast(dense_rank() over (order by {{ metric_json('event_types') }}) as integer) as event_set_key,
    from source

)

select * from final
