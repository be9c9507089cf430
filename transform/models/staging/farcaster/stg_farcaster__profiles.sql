with source as (

    select * from {{ source('raw', 'farcaster__profiles') }}

),

final as (

    select
        fid as farcaster_id,
        lower(replace(type, 'USER_DATA_TYPE_', '')) as field,
        value,
        {{ instant_of(adapter.quote('timestamp') ~ ' + 1609459200') }} as said_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
