with source as (

    select * from {{ source('raw', 'github__accounts') }}

),

final as (

    select
        id,
        node_id,
        login,
        type,
        name,
        company,
        location,
        created_at,
        coalesce(observed_at, _observed_at) as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
