with source as (

    select * from {{ source('raw', 'crates__index') }}

),

entries as (

    select distinct
        lower(name) as package_name,
        vers as version,
        case {{ json_text('item', 'kind') }}
            when 'dev' then 'development'
            when 'build' then 'build'
            else 'runtime'
        end as dependency_kind,
        coalesce({{ json_text('item', 'target') }}, '') as target,
        {{ json_text('item', 'name') }} as listed_name,
        lower(coalesce({{ json_text('item', 'package') }}, {{ json_text('item', 'name') }})) as dependency_name,
        {{ json_text('item', 'req') }} as version_range,
        coalesce(cast({{ json_text('item', 'optional') }} as boolean), false) as is_optional,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_item_rows('source', 'deps', 'item', 'deps is not null') }}

),

final as (

    select
        package_name,
        version,
        dependency_kind,
        target,
        listed_name,
        dependency_name,
        version_range,
        is_optional,
        observed_at,
        record_ref
    from entries

)

select * from final
