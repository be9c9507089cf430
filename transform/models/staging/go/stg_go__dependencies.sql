with source as (

    select * from {{ source('raw', 'go__requirements') }}

),

final as (

    select
        lower(package) as package_name,
        version,
        lower({{ regex_group('line', '^(?:require\\s+)?(\\S+)\\s+v\\S+', 1) }}) as dependency_name,
        line as requirement,
        {{ regex_group('line', '\\s(v\\S+)', 1) }} as version_range,
        line like '%// indirect%' as is_indirect,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
