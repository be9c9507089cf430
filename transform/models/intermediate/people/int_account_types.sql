-- What the forge itself says about an account; an organisation seen in events is one.
with accounts as (

    select
        id as account_id,
        {{ value_at_max('type', 'observed_at') }} as account_type
    from {{ ref('stg_github__accounts') }}
    where type is not null
    group by id

),

organizations as (

    select distinct organization_id as account_id
    from {{ ref('stg_github_archive__events') }}
    where organization_id is not null

),

final as (

    select
        account_id,
        account_type,
        'the API gives the type ' || account_type as evidence
    from accounts
    union all
    select
        organizations.account_id,
        'Organization' as account_type,
        'events name the account as an organization' as evidence
    from organizations
    left join accounts
        on organizations.account_id = accounts.account_id
    where accounts.account_id is null

)

select * from final
