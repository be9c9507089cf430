with source as (

    select * from {{ source('raw', 'pypi__requirements') }}

),

entries as (

    select distinct
        package as package_name,
        version,
        {{ json_plain('item') }} as requirement,
        _observed_at as observed_at,
        _record_ref as record_ref
    from (select *, {{ json_items('requires_dist') }} as item from source where requires_dist is not null)

),

final as (

    select
        package_name,
        version,
        {{ pypi_name("regexp_extract(requirement, '^\s*([A-Za-z0-9][A-Za-z0-9._-]*)', 1)") }} as listed_name,
        requirement,
        nullif(trim(regexp_replace(regexp_extract(requirement, '^\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*([^;]*)', 1), '[()]', '', 'g')), '') as version_range,
        nullif(regexp_extract(requirement, '\[([^\]]*)\]', 1), '') as extras,
        nullif(trim(regexp_extract(requirement, ';(.*)$', 1)), '') as marker,
        regexp_matches(requirement, ';.*extra\s*==') as is_optional,
        observed_at,
        record_ref
    from entries

)

select * from final
