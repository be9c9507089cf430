with source as (

    select * from {{ source('raw', 'identities__decisions') }}

),

final as (

    select
        decision_key,
        action,
        from_source,
        lower(from_login) as from_login,
        from_account_id,
        from_email_hash,
        lower(from_email_domain) as from_email_domain,
        to_source,
        lower(to_login) as to_login,
        to_account_id,
        to_email_hash,
        lower(to_email_domain) as to_email_domain,
        reason,
        author,
        coalesce(is_self_claim, false) as is_self_claim,
        decided_on,
        _record_ref as record_ref
    from source

)

select * from final
