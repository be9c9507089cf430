with npm_packages as (

    select * from {{ ref('stg_npm__packages') }}

),

pypi_packages as (

    select * from {{ ref('stg_pypi__packages') }}

),

pypi_links as (

    select * from {{ ref('stg_pypi__links') }}

),

crates_packages as (

    select * from {{ ref('stg_crates__packages') }}

),

go_packages as (

    select * from {{ ref('stg_go__packages') }}

),

evidence as (

    select
        'NPM' as package_source,
        package_name as package_name,
        'repository field' as evidence,
        cast(0.9 as double) as confidence,
        repository_url as evidence_url,
        record_ref
    from npm_packages
    where repository_url is not null and true

    union all

    select
        'NPM' as package_source,
        package_name as package_name,
        'homepage' as evidence,
        cast(0.5 as double) as confidence,
        homepage_url as evidence_url,
        record_ref
    from npm_packages
    where homepage_url is not null and true

    union all

    select
        'PYPI' as package_source,
        package_name as package_name,
        'link ' || link_label as evidence,
        cast(case when {{ matches('lower(link_label)', 'repo|source|code|git') }} then 0.9 else 0.5 end as double) as confidence,
        link_url as evidence_url,
        record_ref
    from pypi_links
    where link_url is not null and true

    union all

    select
        'PYPI' as package_source,
        package_name as package_name,
        'homepage' as evidence,
        cast(0.5 as double) as confidence,
        homepage_url as evidence_url,
        record_ref
    from pypi_packages
    where homepage_url is not null and true

    union all

    select
        'CRATES' as package_source,
        package_name as package_name,
        'repository field' as evidence,
        cast(0.9 as double) as confidence,
        repository_url as evidence_url,
        record_ref
    from crates_packages
    where repository_url is not null and true

    union all

    select
        'CRATES' as package_source,
        package_name as package_name,
        'homepage' as evidence,
        cast(0.5 as double) as confidence,
        homepage_url as evidence_url,
        record_ref
    from crates_packages
    where homepage_url is not null and true

    union all

    select
        'GO' as package_source,
        package_name as package_name,
        'origin of the newest version' as evidence,
        cast(1.0 as double) as confidence,
        repository_url as evidence_url,
        record_ref
    from go_packages
    where repository_url is not null and true

    union all

    select
        'GO' as package_source,
        package_name,
        'module path' as evidence,
        cast(1.0 as double) as confidence,
        'https://' || display_name as evidence_url,
        record_ref
    from go_packages

),

addresses as (

    select
        package_source,
        package_name,
        evidence,
        confidence,
        evidence_url,
        record_ref,
        {{ repository_address('evidence_url') }} as address
    from evidence

),

final as (

    select
        package_source,
        package_name,
        upper({{ repository_part('address', 'host') }}) as artifact_source,
        {{ repository_part('address', 'namespace') }} as artifact_namespace,
        {{ repository_part('address', 'name') }} as artifact_name,
        evidence,
        confidence,
        evidence_url,
        record_ref
    from addresses
    where {{ repository_part('address', 'host') }} is not null and {{ repository_part('address', 'namespace') }} != 'sponsors'

)

select * from final
