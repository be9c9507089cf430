with source as (

    select * from {{ source('raw', 'github__repository_names') }}

),

final as (

    select
        id,
        full_name,
        first_observed_at,
        last_observed_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
