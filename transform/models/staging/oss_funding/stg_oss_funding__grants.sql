with source as (

    select * from {{ source('raw', 'oss_funding__grants') }}

),

final as (

    select
        file_path,
        line,
        to_project_name,
        cast(amount as decimal(38, 18)) as amount,
        funding_date,
        lower(from_funder_name) as from_funder_name,
        grant_pool_name,
        metadata,
        application_name,
        application_url,
        token_amount,
        token_unit,
        duplicate_kind,
        duplicate_of,
        problem,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
