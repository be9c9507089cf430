with source as (

    select * from {{ source('raw', 'issue_snapshots__versions') }}

),

final as (

    select
        artifact_source,
        lower({{ path_parent('repository_name') }}) as artifact_namespace,
        lower({{ path_last('repository_name') }}) as artifact_name,
        kind as item_kind,
        number,
        snapshot_at,
        is_deleted,
        content_hash,
        item_id,
        case when merged_at is not null then 'merged' else state end as state,
        lower(author_login) as author_login,
        created_at,
        updated_at,
        closed_at,
        merged_at,
        lower(merged_by_login) as merged_by_login,
        labels,
        comments_count as comment_count,
        reviews_count as review_count,
        _observed_at as observed_at,
        _record_ref as record_ref
    from source

)

select * from final
