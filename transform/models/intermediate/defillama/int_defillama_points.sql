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
        entry
    from {{ json_entry_rows('protocols', 'chain_points', 'entry', 'chain_points is not null') }}

),

chain_points as (

    select
        protocol_slug,
        entry.key as chain_key,
        {{ json_part('entry.value', 'tvl') }} as points,
        observed_at,
        record_ref
    from chain_entries

),

tvl_points as (

    select
        protocol_slug,
        chain_key,
        observed_at,
        record_ref,
        point
    from {{ expanded_rows('chain_points', defillama_points('points'), 'point', 'points is not null') }}
    union all
    select
        protocol_slug,
        '' as chain_key,
        observed_at,
        record_ref,
        point
    from {{ expanded_rows('protocols', defillama_points('total_points'), 'point', json_is_list('total_points')) }}

),

total_items as (

    select
        protocol_slug,
        figure,
        observed_at,
        record_ref,
        item
    from {{ json_item_rows('summaries', 'total_chart', 'item', json_is_list('total_chart')) }}

),

chain_items as (

    select
        protocol_slug,
        figure,
        observed_at,
        record_ref,
        item
    from {{ json_item_rows('summaries', 'chain_chart', 'item', json_is_list('chain_chart')) }}

),

chain_item_parts as (

    select
        protocol_slug,
        figure,
        observed_at,
        record_ref,
        cast({{ json_item_text('item', 0) }} as double) as seconds,
        {{ json_item('item', 1) }} as amounts
    from chain_items

),

chain_item_entries as (

    select
        protocol_slug,
        figure,
        observed_at,
        record_ref,
        seconds,
        entry
    from {{ json_entry_rows('chain_item_parts', 'amounts', 'entry', 'amounts is not null') }}

),

unioned as (

    select
        protocol_slug,
        'TVL' as figure,
        chain_key,
        point.{{ adapter.quote('date') }} as seconds,
        point.{{ adapter.quote('totalLiquidityUSD') }} as amount,
        observed_at,
        record_ref
    from tvl_points
    union all
    select
        protocol_slug,
        figure,
        '' as chain_key,
        cast({{ json_item_text('item', 0) }} as double) as seconds,
        cast({{ json_item_text('item', 1) }} as double) as amount,
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
        {{ defillama_without_section('chain_key') }} as chain_without_section,
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
