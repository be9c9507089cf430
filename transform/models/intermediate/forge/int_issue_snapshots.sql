with snapshots as (

    select
        artifact_source,
        artifact_namespace,
        artifact_name,
        snapshot_at,
        sum(item_count) as item_count
    from {{ ref('stg_issue_snapshots__snapshots') }}
    group by
        artifact_source,
        artifact_namespace,
        artifact_name,
        snapshot_at

),

changes as (

    select
        artifact_source,
        artifact_namespace,
        artifact_name,
        changed_at,
        sum(case when change_type = 'insert' then 1 else 0 end) as insert_count,
        sum(case when change_type = 'update' then 1 else 0 end) as update_count,
        sum(case when change_type = 'delete' then 1 else 0 end) as delete_count,
        sum(case when change_type = 'restore' then 1 else 0 end) as restore_count,
        sum(case when is_reopened then 1 else 0 end) as reopen_count,
        sum(case when is_silent then 1 else 0 end) as silent_count
    from {{ ref('int_issue_changes') }}
    where is_from_complete_listing
    group by
        artifact_source,
        artifact_namespace,
        artifact_name,
        changed_at

),

numbered as (

    select
        *,
        row_number() over (
            partition by artifact_source, artifact_namespace, artifact_name
            order by snapshot_at
        ) as snapshot_number
    from snapshots

),

final as (

    select
        numbered.artifact_source,
        numbered.artifact_namespace,
        numbered.artifact_name,
        numbered.snapshot_at,
        numbered.snapshot_number,
        numbered.item_count,
        coalesce(changes.insert_count, 0) as insert_count,
        coalesce(changes.update_count, 0) as update_count,
        coalesce(changes.delete_count, 0) as delete_count,
        coalesce(changes.restore_count, 0) as restore_count,
        coalesce(changes.reopen_count, 0) as reopen_count,
        coalesce(changes.silent_count, 0) as silent_count,
        numbered.snapshot_number > 1 and changes.changed_at is null as is_identical
    from numbered
    left join changes
        on
            numbered.artifact_source = changes.artifact_source
            and numbered.artifact_namespace = changes.artifact_namespace
            and numbered.artifact_name = changes.artifact_name
            and numbered.snapshot_at = changes.changed_at

)

select * from final
