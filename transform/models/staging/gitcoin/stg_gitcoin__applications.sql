with source as (

    select * from {{ source('raw', 'gitcoin__applications') }}

),

final as (

    select
        file_path,
        line,
        chain_id,
        round_id,
        project_name as application_name,
        project_slug,
        project_github,
        recipient_address,
        round_at,
        cast(donated_usd as decimal(38, 18)) as donated_usd,
        cast(matched_usd as decimal(38, 18)) as matched_usd,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
