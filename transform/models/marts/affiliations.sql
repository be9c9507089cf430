with source_rows as (

    select * from {{ ref('int_affiliations') }}

),

users as (

    select * from {{ ref('int_users') }}

),

-- Of people who stand behind some event.
final as (

    select
        source_rows.user_id,
        source_rows.start_date,
        source_rows.end_date,
        source_rows.organization_name,
        source_rows.is_independent,
        source_rows.rule,
        source_rows.evidence,
        source_rows.author,
        source_rows.record_ref
    from source_rows
    inner join users
        on users.user_id = source_rows.user_id

)

select * from final
