{{ config(materialized='view') }}

with projects as (

    select
        *,
        host_prefix || group_path as artifact_namespace
    from {{ ref('stg_gitlab__projects') }}

),

final as (

    select
        projects.project_id,
        {{ entity_id([
            'projects.artifact_source',
            'projects.artifact_namespace',
            'projects.artifact_name'
        ]) }} as artifact_id,
        projects.artifact_source,
        projects.artifact_namespace,
        projects.artifact_name,
        projects.artifact_url,
        projects.host_prefix,
        projects.requested_path,
        projects.default_branch,
        projects.created_at,
        projects.star_count,
        projects.fork_count,
        projects.license,
        projects.is_fork,
        projects.forked_from_path,
        projects.is_archived,
        projects.observed_at,
        projects.record_ref
    from projects

)

select * from final
