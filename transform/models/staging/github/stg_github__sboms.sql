with source as (

    select * from {{ source('raw', 'github__sboms') }}

),

final as (

    select
        repository_id,
        repository_full_name,
        document,
        created_at,
        coalesce(observed_at, _observed_at) as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
