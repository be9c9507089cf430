with source_rows as (

    select * from {{ ref('int_users') }}

),

final as (

    select
        user_id,
        user_source,
        user_source_id,
        user_name,
        display_name,
        user_class,
        class_evidence,
        url
    from source_rows

)

select * from final
