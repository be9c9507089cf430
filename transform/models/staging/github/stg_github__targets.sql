with source as (

    select * from {{ source('raw', 'github__targets') }}

),

final as (

    select
        target,
        target_kind,
        status,
        id,
        full_name,
        repositories_count,
        reason,
        coalesce(observed_at, _observed_at) as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
