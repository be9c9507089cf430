with source as (

    select * from {{ source('raw', 'gitcoin__matching') }}

),

final as (

    select
        file_path,
        line,
        chain_id,
        round_id,
        application_id,
        project_id as gitcoin_project_id,
        project_name as application_name,
        recipient_address,
        matched_at,
        match_amount,
        original_match_amount,
        cast(matched_usd as decimal(38, 18)) as matched_usd,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
