with source_rows as (

    select * from {{ ref('int_projects') }}

),

final as (

    select
        project_id,
        project_source,
        project_namespace,
        project_name,
        display_name,
        description,
        legacy_project_id,
        record_ref
    from source_rows

)

select * from final
