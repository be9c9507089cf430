with npm_owners as (

    select * from {{ ref('stg_npm__owners') }}

),

pypi_owners as (

    select * from {{ ref('stg_pypi__owners') }}

),

crates_owners as (

    select * from {{ ref('stg_crates__owners') }}

),

final as (

    select
        'NPM' as package_source,
        package_name,
        account_name,
        coalesce(role, '') as role,
        email_hash,
        email_domain,
        record_ref
    from npm_owners

    union all

    select
        'PYPI' as package_source,
        package_name,
        account_name,
        coalesce(role, '') as role,
        email_hash,
        email_domain,
        record_ref
    from pypi_owners

    union all

    select
        'CRATES' as package_source,
        package_name,
        account_name,
        coalesce(role, '') as role,
        email_hash,
        email_domain,
        record_ref
    from crates_owners

)

select * from final
