with source as (

    select * from {{ source('raw', 'gitcoin__rounds') }}

),

final as (

    select
        round_key,
        chain_id,
        round_id,
        round_name,
        round_number,
        program_address,
        round_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
