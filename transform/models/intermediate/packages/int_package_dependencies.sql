with npm_dependencies as (

    select * from {{ ref('stg_npm__dependencies') }}

),

pypi_dependencies as (

    select * from {{ ref('stg_pypi__dependencies') }}

),

crates_dependencies as (

    select * from {{ ref('stg_crates__dependencies') }}

),

go_dependencies as (

    select * from {{ ref('stg_go__dependencies') }}

),

final as (

    select
        'NPM' as package_source,
        package_name,
        version,
        dependency_kind,
        listed_name,
        lower(case
            when requirement like 'npm:%' then {{ regex_group('requirement', '^npm:(@?[^@]+)', 1) }}
            else listed_name
        end) as dependency_name,
        case
            when requirement like 'npm:%' then nullif({{ regex_group('requirement', '^npm:@?[^@]+@(.*)$', 1) }}, '')
            else requirement
        end as version_range,
        case
            when requirement like 'npm:%' then 'registry'
            when {{ matches('requirement', '^(file|link|portal|workspace|catalog):') }} then 'local'
            when {{ matches('requirement', '^(git|git\\+[a-z]+|ssh|github|gitlab|bitbucket|gist|https?):') }}
                or {{ matches('requirement', '^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(#.*)?$') }} then 'address'
            else 'registry'
        end as requirement_kind,
        requirement,
        is_optional,
        true as is_direct,
        record_ref
    from npm_dependencies

    union all

    select
        'PYPI' as package_source,
        package_name,
        version,
        case when is_optional then 'optional' else 'runtime' end as dependency_kind,
        listed_name,
        listed_name as dependency_name,
        version_range,
        case when version_range like '@%' then 'address' else 'registry' end as requirement_kind,
        requirement,
        is_optional,
        true as is_direct,
        record_ref
    from pypi_dependencies

    union all

    select
        'CRATES' as package_source,
        package_name,
        version,
        dependency_kind,
        listed_name,
        dependency_name,
        version_range,
        'registry' as requirement_kind,
        version_range || case when target = '' then '' else ' for ' || target end as requirement,
        is_optional,
        true as is_direct,
        record_ref
    from crates_dependencies

    union all

    select
        'GO' as package_source,
        package_name,
        version,
        'runtime' as dependency_kind,
        dependency_name as listed_name,
        dependency_name,
        version_range,
        'registry' as requirement_kind,
        requirement,
        false as is_optional,
        not is_indirect as is_direct,
        record_ref
    from go_dependencies

)

select * from final
