with names as (

    select * from {{ ref('int_address_names') }}
    where email_domain <> '{{ var("noreply_domain") }}'

),

address_accounts as (

    select * from {{ ref('int_address_accounts') }}
    where email_domain <> '{{ var("noreply_domain") }}'

),

generic_addresses as (

    select
        case when email_local_part <> '' then {{ sha1_hex('email_local_part') }} end as email_hash,
        nullif(email_domain, '') as email_domain,
        evidence
    from {{ ref('generic_addresses') }}

),

addresses as (

    select distinct
        email_domain,
        email_hash
    from names

),

generic as (

    select
        addresses.email_domain,
        addresses.email_hash,
        'listed: ' || min(generic_addresses.evidence) as evidence
    from addresses
    inner join generic_addresses
        on
            coalesce(generic_addresses.email_hash, addresses.email_hash) = addresses.email_hash
            and coalesce(generic_addresses.email_domain, addresses.email_domain) = addresses.email_domain
    group by
        addresses.email_domain,
        addresses.email_hash

),

-- One person signs with a nickname, or with another family name; nobody has three names that share no word.
full_names as (

    select
        email_domain,
        email_hash,
        count(distinct {{ text_part('author_name', ' ', 1) }}) as first_words,
        count(distinct {{ last_word('author_name') }}) as last_words
    from names
    where author_name like '% %'
    group by
        email_domain,
        email_hash

),

many_names as (

    select
        email_domain,
        email_hash,
        'used under three or more unlike names' as evidence
    from full_names
    where
        first_words >= 3
        and last_words >= 3

),

many_accounts as (

    select
        email_domain,
        email_hash,
        'used by three or more accounts' as evidence
    from address_accounts
    where api_count + merge_count > 0
    group by
        email_domain,
        email_hash
    having count(*) >= 3

),

machines as (

    select
        email_domain,
        {{ sha1_hex('email_local_part') }} as email_hash
    from {{ ref('known_bots') }}
    where email_local_part <> ''
    union distinct
    select
        email_domain,
        {{ sha1_hex('email_local_part') }} as email_hash
    from {{ ref('known_agents') }}
    where email_local_part <> ''

),

-- Who says that an address is theirs is believed, unless it is a stand-in for any address.
claims as (

    select from_identity_id as identity_id
    from {{ ref('int_identity_decisions') }}
    where
        action = 'merge'
        and is_in_force
    union distinct
    select to_identity_id as identity_id
    from {{ ref('int_identity_decisions') }}
    where
        action = 'merge'
        and is_in_force

),

crowded as (

    select * from many_names
    union all
    select * from many_accounts

),

unioned as (

    select * from generic
    union all
    select crowded.*
    from crowded
    left join claims
        on claims.identity_id = {{ entity_id(["'GIT_EMAIL'", 'crowded.email_domain', 'crowded.email_hash']) }}
    where claims.identity_id is null

),

-- The address of a known machine is used on many computers, and still by the same machine.
final as (

    select
        unioned.email_domain,
        unioned.email_hash,
        min(unioned.evidence) as evidence
    from unioned
    left join machines
        on
            unioned.email_domain = machines.email_domain
            and unioned.email_hash = machines.email_hash
    where machines.email_hash is null
    group by
        unioned.email_domain,
        unioned.email_hash

)

select * from final
