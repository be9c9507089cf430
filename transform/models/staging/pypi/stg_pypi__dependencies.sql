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
    from {{ json_item_rows('source', 'requires_dist', 'item', 'requires_dist is not null') }}

),

final as (

    select
        package_name,
        version,
        {{ pypi_name(regex_group('requirement', '^\\s*([A-Za-z0-9][A-Za-z0-9._-]*)', 1)) }} as listed_name,
        requirement,
        nullif(trim({{ regex_replace_all(
            regex_group('requirement', '^\\s*[A-Za-z0-9][A-Za-z0-9._-]*\\s*(?:\\[[^\\]]*\\])?\\s*([^;]*)', 1), '[()]', ''
        ) }}), '') as version_range,
        nullif({{ regex_group('requirement', '\\[([^\\]]*)\\]', 1) }}, '') as extras,
        nullif(trim({{ regex_group('requirement', ';(.*)$', 1) }}), '') as marker,
        {{ matches('requirement', ';.*extra\\s*==') }} as is_optional,
        observed_at,
        record_ref
    from entries

)

select * from final
