with source as (

    select * from {{ source('raw', 'oss_funding__grant_pools') }}

),

final as (

    select
        path,
        lower(funder_name) as funder_name,
        grant_pool_name,
        position,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
