with accounts as (

    select * from {{ ref('stg_farcaster__accounts') }}

),

verified as (

    select
        farcaster_id,
        protocol,
        address,
        'verified' as basis,
        verified_at as known_since
    from {{ ref('stg_farcaster__addresses') }}

),

-- The custody address signs for the account itself; a verification of the same address says more.
addresses as (

    select * from verified
    union all
    select
        accounts.farcaster_id,
        'ETHEREUM' as protocol,
        accounts.custody_address as address,
        'custody' as basis,
        accounts.named_at as known_since
    from accounts
    left join verified
        on
            accounts.farcaster_id = verified.farcaster_id
            and accounts.custody_address = verified.address
    where
        accounts.custody_address is not null
        and verified.address is null

),

names as (

    select
        farcaster_id,
        max(case when field = 'display' then value end) as display_name,
        max(case when field = 'github' then lower(value) end) as github_login
    from {{ ref('stg_farcaster__profiles') }}
    group by farcaster_id

),

final as (

    select
        accounts.farcaster_id,
        accounts.username,
        {{ entity_id(["'FARCASTER'", "'farcaster'", 'accounts.username']) }} as artifact_id,
        names.display_name,
        names.github_login,
        coalesce(addresses.protocol, '') as protocol,
        coalesce(addresses.address, '') as address,
        addresses.basis,
        addresses.known_since,
        accounts.observed_at,
        accounts.record_ref
    from accounts
    left join addresses
        on accounts.farcaster_id = addresses.farcaster_id
    left join names
        on accounts.farcaster_id = names.farcaster_id

)

select * from final
