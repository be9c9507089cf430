with accounts as (

    select
        user_id,
        max(account_id) as account_id,
        max(login) as login
    from {{ ref('int_github_accounts') }}
    group by user_id

),

account_types as (

    select * from {{ ref('int_account_types') }}

),

agents as (

    select * from {{ ref('known_agents') }}

),

bots as (

    select * from {{ ref('known_bots') }}

),

signatures as (

    select
        email_domain,
        email_hash,
        author_name
    from {{ ref('int_commits') }}
    union all
    select
        email_domain,
        email_hash,
        author_name
    from {{ ref('int_archive_commits') }}

),

addresses as (

    select
        email_domain,
        email_hash,
        {{ entity_id(["'GIT_EMAIL'", 'email_domain', 'email_hash']) }} as identity_id,
        min(case when lower(author_name) like '%[bot]' then 1 else 0 end) as is_always_bot
    from signatures
    where email_hash is not null
    group by
        email_domain,
        email_hash

),

findings as (

    select
        accounts.user_id as identity_id,
        'agent' as user_class,
        1 as precedence,
        'listed: ' || agents.agent || ', ' || agents.evidence as evidence
    from accounts
    inner join agents
        on accounts.login = agents.login
    where agents.account_id is null
    union all
    select
        accounts.user_id as identity_id,
        'agent' as user_class,
        1 as precedence,
        'listed: ' || agents.agent || ', ' || agents.evidence as evidence
    from accounts
    inner join agents
        on accounts.account_id = agents.account_id
    union all
    select
        addresses.identity_id,
        'agent' as user_class,
        1 as precedence,
        'listed: ' || agents.agent || ', ' || agents.evidence as evidence
    from addresses
    inner join agents
        on
            addresses.email_domain = agents.email_domain
            and addresses.email_hash = {{ sha1_hex('agents.email_local_part') }}
    where agents.email_local_part <> ''
    union all
    select
        user_id as identity_id,
        'bot' as user_class,
        2 as precedence,
        'login ends in [bot]' as evidence
    from accounts
    where login like '%[bot]'
    union all
    select
        identity_id,
        'bot' as user_class,
        2 as precedence,
        'author name ends in [bot]' as evidence
    from addresses
    where is_always_bot = 1
    union all
    select
        accounts.user_id as identity_id,
        case account_types.account_type when 'Bot' then 'bot' else 'organization' end as user_class,
        case account_types.account_type when 'Bot' then 3 else 5 end as precedence,
        account_types.evidence
    from accounts
    inner join account_types
        on accounts.account_id = account_types.account_id
    where account_types.account_type in ('Bot', 'Organization')
    union all
    select
        accounts.user_id as identity_id,
        'bot' as user_class,
        4 as precedence,
        'listed: ' || bots.evidence as evidence
    from accounts
    inner join bots
        on accounts.login = bots.login
    union all
    select
        addresses.identity_id,
        'bot' as user_class,
        4 as precedence,
        'listed: ' || bots.evidence as evidence
    from addresses
    inner join bots
        on
            addresses.email_domain = bots.email_domain
            and addresses.email_hash = {{ sha1_hex('bots.email_local_part') }}
    where bots.email_local_part <> ''

),

ranked as (

    select
        *,
        row_number() over (partition by identity_id order by precedence, evidence) as choice
    from findings

),

final as (

    select
        identity_id,
        user_class,
        precedence,
        evidence
    from ranked
    where choice = 1

)

select * from final
