with projects as (

    select * from {{ ref('stg_oss_directory__projects') }}

),

final as (

    select
        {{ entity_id(["'OSS_DIRECTORY'", "'oso'", 'project_name']) }} as project_id,
        'OSS_DIRECTORY' as project_source,
        'oso' as project_namespace,
        project_name,
        display_name,
        description,
        {{ legacy_id(["'oso'", 'project_name']) }} as legacy_project_id,
        record_ref
    from projects

)

select * from final
