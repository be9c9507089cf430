with source as (

    select * from {{ source('raw', 'organizations__declarations') }}

),

final as (

    select
        declaration_key,
        organization_name,
        display_name,
        coalesce(is_independent, false) as is_independent,
        kind,
        lower(domain) as domain,
        lower(login) as login,
        account_id,
        email_hash,
        lower(email_domain) as email_domain,
        start_date,
        end_date,
        reason,
        author,
        coalesce(is_self_claim, false) as is_self_claim,
        _record_ref as record_ref
    from source

)

select * from final
