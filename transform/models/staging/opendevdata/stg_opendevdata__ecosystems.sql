with source as (

    select * from {{ source('raw', 'opendevdata__ecosystems') }}

),

final as (

    select
        ecosystem_name,
        licence,
        attribution,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
