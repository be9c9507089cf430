{{ config(materialized='table') }}

with streams as (

    select * from {{ ref('int_streams') }}

),

loads as (

    select
        connector,
        stream,
        max(observed_at) as last_load_at
    from {{ ref('stg_observatory__loads') }}
    group by
        connector,
        stream

),

refused as (

    select
        connector,
        stream,
        count(*) as quarantined_count
    from {{ ref('stg_observatory__quarantine') }}
    group by
        connector,
        stream

),

final as (

    select
        streams.connector,
        streams.stream,
        loads.last_load_at,
        streams.last_event_at,
        streams.covered_from,
        streams.covered_to,
        streams.row_count,
        coalesce(refused.quarantined_count, 0) as quarantined_count,
        case
            when loads.last_load_at is null and streams.row_count = 0 then 'never loaded'
            when streams.row_count = 0 then 'empty'
            when coalesce(refused.quarantined_count, 0) > 0 then 'loaded with refusals'
            else 'loaded'
        end as state
    from streams
    left join loads
        on
            streams.connector = loads.connector
            and streams.stream = loads.stream
    left join refused
        on
            streams.connector = refused.connector
            and streams.stream = refused.stream

)

select * from final
