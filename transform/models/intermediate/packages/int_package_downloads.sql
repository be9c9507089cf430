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
        download_count as download_count,
        record_ref as record_ref
    from npm_downloads

    union all

    select
        'PYPI' as package_source,
        package_name,
        download_date,
        download_count as download_count,
        record_ref as record_ref
    from pypi_downloads

    union all

    select
        'CRATES' as package_source,
        package_name,
        download_date,
        sum(download_count) as download_count,
        min(record_ref) as record_ref
    from crates_downloads
    group by package_name, download_date

)

select * from final
