with source as (

    select * from {{ source('raw', 'oss_funding__funders') }}

),

final as (

    select
        path,
        lower(funder_name) as funder_name,
        funder_type,
        display_name,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
