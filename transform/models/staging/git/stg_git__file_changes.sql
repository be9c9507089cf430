with source as (

    select * from {{ source('raw', 'git__file_changes') }}

),

final as (

    select
        repository_url,
        commit_id,
        path,
        status,
        old_blob_id,
        new_blob_id,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
