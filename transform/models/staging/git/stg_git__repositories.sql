with source as (

    select * from {{ source('raw', 'git__repositories') }}

),

final as (

    select
        repository_url,
        upper(artifact_source) as artifact_source,
        lower(artifact_namespace) as artifact_namespace,
        lower(artifact_name) as artifact_name,
        default_branch,
        head_commit_id,
        commit_count,
        coalesce(is_empty, false) as is_empty,
        coalesce(observed_at, _observed_at) as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
