with source as (

    select * from {{ source('raw', 'defillama__summaries') }}

),

final as (

    select
        lower(slug) as protocol_slug,
        kind,
        case kind
            when 'dailyFees' then 'FEES'
            when 'dailyRevenue' then 'REVENUE'
            when 'dailyHoldersRevenue' then 'HOLDERS_REVENUE'
            when 'dailySupplySideRevenue' then 'SUPPLY_SIDE_REVENUE'
            when 'dailyVolume' then 'TRADING_VOLUME'
        end as figure,
        {{ adapter.quote('totalDataChart') }} as total_chart,
        {{ adapter.quote('totalDataChartBreakdown') }} as chain_chart,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
