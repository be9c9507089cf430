with source as (

    select * from {{ source('raw', 'eas__schemas') }}

),

final as (

    select
        network,
        lower(id) as schema_id,
        {{ adapter.quote('schema') }} as definition,
        lower(creator) as creator_address,
        revocable as is_revocable,
        {{ instant_of(adapter.quote('time')) }} as created_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
