with source as (

    select * from {{ source('raw', 'opendevdata__ecosystem_children') }}

),

final as (

    select
        parent_name,
        child_name,
        licence,
        attribution,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
