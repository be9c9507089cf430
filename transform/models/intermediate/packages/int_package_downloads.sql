with npm_downloads as (

    select * from {{ ref('stg_npm__downloads') }}

),

pypi_downloads as (

    select * from {{ ref('stg_pypi__downloads') }}

),

crates_downloads as (

    select * from {{ ref('stg_crates__downloads') }}

),

final as (

    select
        'NPM' as package_source,
        package_name,
        download_date,
        download_count,
        observed_at,
        record_ref
    from npm_downloads

    union all

    select
        'PYPI' as package_source,
        package_name,
        download_date,
        download_count,
        observed_at,
        record_ref
    from pypi_downloads

    union all

    select
        'CRATES' as package_source,
        package_name,
        download_date,
        cast(sum(download_count) as bigint) as download_count,
        max(observed_at) as observed_at,
        min(record_ref) as record_ref
    from crates_downloads
    group by package_name, download_date

)

select * from final
