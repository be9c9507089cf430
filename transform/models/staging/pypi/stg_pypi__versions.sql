with source as (

    select * from {{ source('raw', 'pypi__releases') }}

),

entries as (

    select
        package as package_name,
        entry.key as version,
        {{ cast_or_null(json_smallest('entry.value', 'upload_time_iso_8601'), 'timestamp') }} as published_at,
        {{ json_length('entry.value') }} as file_count,
        {{ json_sum('entry.value', 'size') }} as size_bytes,
        {{ json_item_text('entry.value', 0, 'requires_python') }} as requires_python,
        {{ json_count('entry.value', 'yanked', 'true') }} as yanked_count,
        {{ json_item_text('entry.value', 0, 'yanked_reason') }} as yanked_reason,
        _observed_at as observed_at,
        _record_ref as record_ref
    from {{ json_entry_rows('source', 'releases', 'entry', 'releases is not null') }}

),

final as (

    select
        package_name,
        version,
        published_at,
        file_count,
        size_bytes,
        requires_python,
        file_count > 0 and yanked_count = file_count as is_yanked,
        yanked_reason,
        observed_at,
        record_ref
    from entries

)

select * from final
