with protocols as (

    select * from {{ ref('stg_defillama__protocols') }}

),

summaries as (

    select * from {{ ref('stg_defillama__summaries') }}
    where figure is not null

),

chain_entries as (

    select
        protocol_slug,
        observed_at,
        record_ref,
        {{ json_entries('chain_points') }} as entry
    from protocols

),

tvl_points as (

    select
        protocol_slug,
        entry.key as chain_key,
        observed_at,
        record_ref,
        {{ defillama_points("json_extract(entry.value, '$.tvl')") }} as point
    from chain_entries
    union all
    select
        protocol_slug,
        '' as chain_key,
        observed_at,
        record_ref,
        {{ defillama_points('total_points') }} as point
    from protocols
    where json_type(cast(total_points as json)) = 'ARRAY'

),

total_items as (

    select
        protocol_slug,
        figure,
        observed_at,
        record_ref,
        {{ json_items('total_chart') }} as item
    from summaries
    where json_type(cast(total_chart as json)) = 'ARRAY'

),

chain_items as (

    select
        protocol_slug,
        figure,
        observed_at,
        record_ref,
        {{ json_items('chain_chart') }} as item
    from summaries
    where json_type(cast(chain_chart as json)) = 'ARRAY'

),

chain_item_entries as (

    select
        protocol_slug,
        figure,
        observed_at,
        record_ref,
        cast({{ json_plain(defillama_second('item', 0)) }} as double) as seconds,
        {{ json_entries(defillama_second('item', 1)) }} as entry
    from chain_items

),

unioned as (

    select
        protocol_slug,
        'TVL' as figure,
        chain_key,
        point."date" as seconds,
        point."totalLiquidityUSD" as amount,
        observed_at,
        record_ref
    from tvl_points
    union all
    select
        protocol_slug,
        figure,
        '' as chain_key,
        cast({{ json_plain(defillama_second('item', 0)) }} as double) as seconds,
        cast({{ json_plain(defillama_second('item', 1)) }} as double) as amount,
        observed_at,
        record_ref
    from total_items
    union all
    select
        protocol_slug,
        figure,
        entry.key as chain_key,
        seconds,
        {{ defillama_total('entry.value') }} as amount,
        observed_at,
        record_ref
    from chain_item_entries

),

-- The same point may come more than once; where its amounts differ, the last one of the list cannot be told apart.
distinct_points as (

    select
        protocol_slug,
        figure,
        chain_key,
        seconds,
        max(amount) as amount,
        max(observed_at) as observed_at,
        max(record_ref) as record_ref
    from unioned
    where
        seconds is not null
        and amount is not null
    group by
        protocol_slug,
        figure,
        chain_key,
        seconds

),

final as (

    select
        protocol_slug,
        figure,
        {{ defillama_section('chain_key') }} as section,
        regexp_replace(
            chain_key,
            '(^|-)' || nullif({{ defillama_section('chain_key') }}, '') || '$',
            ''
        ) as chain_without_section,
        chain_key,
        {{ instant_of('seconds') }} as measured_at,
        amount,
        observed_at,
        record_ref
    from distinct_points

)

select
    protocol_slug,
    figure,
    section,
    lower(coalesce(chain_without_section, chain_key)) as chain,
    measured_at,
    {{ day_of_close('measured_at') }} as day,
    {{ is_on_the_hour('measured_at') }} as is_closing,
    amount,
    observed_at,
    record_ref
from final
