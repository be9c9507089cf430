with source as (

    select * from {{ source('raw', 'issue_snapshots__snapshots') }}

),

final as (

    select
        artifact_source,
        lower({{ path_parent('repository_name') }}) as artifact_namespace,
        lower({{ path_last('repository_name') }}) as artifact_name,
        kind as item_kind,
        snapshot_at,
        item_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
