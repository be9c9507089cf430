with source as (

    select * from {{ source('raw', 'defillama__protocols') }}

),

final as (

    select
        lower(slug) as protocol_slug,
        id as protocol_source_id,
        name as protocol_name,
        category,
        {{ adapter.quote('parentProtocol') }} as parent_protocol,
        coalesce({{ adapter.quote('isParentProtocol') }}, false) as is_parent,
        tvl as total_points,
        {{ adapter.quote('chainTvls') }} as chain_points,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
