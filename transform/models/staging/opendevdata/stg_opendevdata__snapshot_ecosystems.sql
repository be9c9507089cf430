with source as (

    select * from {{ source('raw', 'opendevdata__snapshot_ecosystems') }}

),

final as (

    select
        id,
        name,
        is_crypto,
        is_category,
        is_chain,
        licence,
        attribution,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
