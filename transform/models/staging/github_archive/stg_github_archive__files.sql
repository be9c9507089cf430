with source as (

    select * from {{ source('raw', 'github_archive__files') }}

),

final as (

    select
        file_name,
        hour as named_hour,
        last_hour as last_named_hour,
        status,
        sha256,
        loaded_sha256,
        bytes as file_bytes,
        lines as line_count,
        loaded as loaded_count,
        duplicates as duplicate_count,
        quarantined as quarantined_count,
        blank as blank_count,
        first_event_at,
        last_event_at,
        reason,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
