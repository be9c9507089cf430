with decisions as (

    select * from {{ ref('stg_identities__decisions') }}

),

{{ account_names() }},

resolved as (

    select
        decisions.decision_key,
        decisions.action,
        decisions.from_source,
        {{ named_identity('decisions', 'from_') }} as from_identity_id,
        decisions.to_source,
        {{ named_identity('decisions', 'to_') }} as to_identity_id,
        decisions.reason,
        decisions.author,
        decisions.is_self_claim,
        decisions.decided_on,
        decisions.record_ref
    from decisions
    left join numbers as from_numbers
        on decisions.from_account_id = from_numbers.account_id
    left join logins as from_logins
        on decisions.from_login = from_logins.alias_login
    left join numbers as to_numbers
        on decisions.to_account_id = to_numbers.account_id
    left join logins as to_logins
        on decisions.to_login = to_logins.alias_login

),

-- Of two decisions about the same pair a person's own word holds, then the later one, then the one that keeps apart.
ranked as (

    select
        *,
        row_number() over (
            partition by
                least(from_identity_id, coalesce(to_identity_id, from_identity_id)),
                greatest(from_identity_id, coalesce(to_identity_id, from_identity_id)),
                to_identity_id is null
            order by is_self_claim desc, decided_on desc nulls last, action desc, decision_key
        ) as choice
    from resolved
    where
        from_identity_id is not null
        and from_identity_id <> coalesce(to_identity_id, '')
        and (action = 'split' or to_identity_id is not null)

),

final as (

    select
        decision_key,
        action,
        from_source,
        from_identity_id,
        to_source,
        to_identity_id,
        reason,
        author,
        is_self_claim,
        decided_on,
        record_ref,
        choice = 1 as is_in_force
    from ranked

)

select * from final
