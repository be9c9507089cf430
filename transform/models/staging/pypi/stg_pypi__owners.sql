with source as (

    select * from {{ source('raw', 'pypi__owners') }}

),

final as (

    select
        package as package_name,
        {{ adapter.quote('user') }} as account_name,
        lower(coalesce(role, '')) as role,
        cast(null as varchar) as email_hash,
        cast(null as varchar) as email_domain,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
