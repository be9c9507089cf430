with source as (

    select * from {{ source('raw', 'npm__owners') }}

),

final as (

    select
        lower(package) as package_name,
        login as account_name,
        cast(null as varchar) as role,
        nullif(email_hash, '') as email_hash,
        nullif(email_domain, '') as email_domain,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
