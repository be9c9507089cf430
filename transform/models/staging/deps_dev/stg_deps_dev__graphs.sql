with source as (

    select * from {{ source('raw', 'deps_dev__dependencies') }}

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
        snapshot_date,
        nullif(error, '') as error,
        {{ json_length('nodes') }} as node_count,
        {{ json_length('edges') }} as edge_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from named

)

select * from final
