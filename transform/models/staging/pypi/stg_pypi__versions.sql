with source as (

    select * from {{ source('raw', 'pypi__releases') }}

),

entries as (

    select
        package as package_name,
        entry.key as version,
        try_cast(list_min(json_extract_string(entry.value, '$[*].upload_time_iso_8601')) as timestamp) as published_at,
        json_array_length(entry.value) as file_count,
        list_sum(cast(json_extract_string(entry.value, '$[*].size') as bigint[])) as size_bytes,
        json_extract_string(entry.value, '$[0].requires_python') as requires_python,
        len(list_filter(json_extract_string(entry.value, '$[*].yanked'), lambda flag: flag = 'true')) as yanked_count,
        json_extract_string(entry.value, '$[0].yanked_reason') as yanked_reason,
        _observed_at as observed_at,
        _record_ref as record_ref
    from (select *, {{ json_entries('releases') }} as entry from source where releases is not null)

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
