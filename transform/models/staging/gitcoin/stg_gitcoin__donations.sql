with source as (

    select * from {{ source('raw', 'gitcoin__donations') }}

),

final as (

    select
        file_path,
        line,
        chain_id,
        round_id,
        project_id as gitcoin_project_id,
        project_name as application_name,
        recipient_address,
        donor_address,
        transaction_hash,
        donated_at,
        token_address,
        token_amount,
        cast(donated_usd as decimal(38, 18)) as donated_usd,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
