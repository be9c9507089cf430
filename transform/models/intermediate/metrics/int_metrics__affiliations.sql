-- depends_on: {{ ref('int_metrics__changes') }}
with affiliations as (

    select * from {{ ref('int_affiliations') }}

),

users as (

    select * from {{ ref('int_metrics__users') }}

),

final as (

    select
        affiliations.user_id,
        users.user_key,
        affiliations.start_date,
        affiliations.end_date,
        affiliations.organization_name,
        affiliations.is_independent,
    from affiliations
    left join users
        on users.user_id = affiliations.user_id

)

select * from final
