with source as (

    select * from {{ source('raw', 'deps_dev__details') }}

),

named as (

    select
        *,
        {{ package_source_of_system('system') }} as package_source
    from source

),

final as (

    select
        package_source,
        {{ package_name_of('package_source', 'name') }} as package_name,
        version,
        {{ json_item_text('licenses', 0) }} as license,
        coalesce(isDeprecated, false) as is_deprecated,
        nullif(deprecatedReason, '') as deprecation_reason,
        _observed_at as observed_at,
        _record_ref as record_ref
    from named

)

select * from final
