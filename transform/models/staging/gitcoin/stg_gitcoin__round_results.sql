with source as (

    select * from {{ source('raw', 'gitcoin__round_results') }}

),

final as (

    select
        file_path,
        line,
        round_number,
        project_name as application_name,
        recipient_address,
        contributor_count,
        contribution_count,
        cast(donated_usd as decimal(38, 18)) as donated_usd,
        cast(matched_usd as decimal(38, 18)) as matched_usd,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
