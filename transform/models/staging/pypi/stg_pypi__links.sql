with source as (

    select * from {{ source('raw', 'pypi__packages') }}

),

entries as (

    select
        package as package_name,
        entry.key as link_label,
        {{ json_plain('entry.value') }} as link_url,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_entry_rows('source', 'project_urls', 'entry', 'project_urls is not null') }}

),

final as (

    select
        package_name,
        link_label,
        link_url,
        observed_at,
        record_ref
    from entries

)

select * from final
