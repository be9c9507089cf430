with npm_versions as (

    select * from {{ ref('stg_npm__versions') }}

),

npm_version_times as (

    select * from {{ ref('stg_npm__version_times') }}

),

pypi_versions as (

    select * from {{ ref('stg_pypi__versions') }}

),

crates_versions as (

    select * from {{ ref('stg_crates__versions') }}

),

go_versions as (

    select * from {{ ref('stg_go__versions') }}

),

final as (

    select
        'NPM' as package_source,
        npm_versions.package_name,
        npm_versions.version,
        npm_version_times.published_at,
        npm_versions.is_deprecated as is_withdrawn,
        npm_versions.deprecation_reason as withdrawal_reason,
        npm_versions.file_count,
        npm_versions.size_bytes,
        npm_versions.commit_id,
        npm_versions.record_ref
    from npm_versions
    left join npm_version_times
        on npm_versions.package_name = npm_version_times.package_name
        and npm_versions.version = npm_version_times.version


    union all

    select
        'PYPI' as package_source,
        package_name,
        version,
        published_at,
        is_yanked as is_withdrawn,
        yanked_reason as withdrawal_reason,
        file_count,
        size_bytes,
        cast(null as varchar) as commit_id,
        record_ref
    from pypi_versions


    union all

    select
        'CRATES' as package_source,
        package_name,
        version,
        published_at,
        is_yanked as is_withdrawn,
        yanked_reason as withdrawal_reason,
        cast(1 as bigint) as file_count,
        size_bytes,
        cast(null as varchar) as commit_id,
        record_ref
    from crates_versions


    union all

    select
        'GO' as package_source,
        package_name,
        version,
        published_at,
        false as is_withdrawn,
        cast(null as varchar) as withdrawal_reason,
        cast(null as bigint) as file_count,
        cast(null as bigint) as size_bytes,
        commit_id,
        record_ref
    from go_versions

)

select * from final
