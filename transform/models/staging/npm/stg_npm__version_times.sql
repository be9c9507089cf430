with source as (

    select * from {{ source('raw', 'npm__packages') }}

),

entries as (

    select
        lower(name) as package_name,
        entry.key as version,
        {{ cast_or_null(json_plain('entry.value'), 'timestamp') }} as published_at,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_entry_rows('source', 'time', 'entry', 'time is not null') }}

),

final as (

    select
        package_name,
        version,
        published_at,
        observed_at,
        record_ref
    from entries
    where version not in ('created', 'modified', 'unpublished')

)

select * from final
