-- What the forge itself says about an account; an organisation seen in events is one.
with organizations as (

    select distinct organization_id as account_id
    from {{ ref('stg_github_archive__events') }}
    where organization_id is not null

),

final as (

    select
        account_id,
        'Organization' as account_type,
        'events name the account as an organization' as evidence
    from organizations

)

select * from final
