with participants as (

    select distinct from_artifact_id as user_id
    from {{ ref('int_events') }}
    where from_artifact_id is not null

),

github_users as (

    select
        user_id,
        'GITHUB' as user_source,
        cast(max(account_id) as varchar) as user_source_id,
        max(login) as user_name,
        max(display_login) as display_name,
        cast(null as varchar) as email_domain,
        cast(null as varchar) as email_hash
    from {{ ref('int_github_accounts') }}
    group by user_id

),

authors as (

    select
        email_domain,
        email_hash,
        author_name,
        authored_at
    from {{ ref('int_commits') }}
    union all
    select
        email_domain,
        email_hash,
        author_name,
        created_at as authored_at
    from {{ ref('int_archive_commits') }}

),

-- Some people write their address where the name belongs; it is not shown.
email_users as (

    select
        {{ entity_id(["'GIT_EMAIL'", 'email_domain', 'email_hash']) }} as user_id,
        'GIT_EMAIL' as user_source,
        cast(null as varchar) as user_source_id,
        cast(null as varchar) as user_name,
        {{ value_at_max("case when author_name not like '%@%' then author_name end", 'authored_at') }} as display_name,
        email_domain,
        email_hash
    from authors
    where email_hash is not null
    group by
        email_domain,
        email_hash

),

funders as (

    select
        user_id,
        user_source,
        cast(null as varchar) as user_source_id,
        user_name,
        display_name,
        cast(null as varchar) as email_domain,
        cast(null as varchar) as email_hash,
        user_class
    from {{ ref('int_funders') }}

),

known_users as (

    select
        *,
        'person' as user_class
    from github_users
    union all
    select
        *,
        'person' as user_class
    from email_users
    union all
    select * from funders

),

bot_logins as (

    select
        login,
        evidence
    from {{ ref('known_bots') }}
    where login <> ''

),

bot_addresses as (

    select
        email_domain,
        {{ sha1_hex('email_local_part') }} as email_hash,
        evidence
    from {{ ref('known_bots') }}
    where email_local_part <> ''

),

classified as (

    select
        known_users.user_id,
        known_users.user_source,
        known_users.user_source_id,
        known_users.user_name,
        known_users.display_name,
        known_users.user_class,
        case
            when known_users.user_source = 'GITHUB' and known_users.user_name like '%[bot]' then 'login ends in [bot]'
            when known_users.user_source = 'GIT_EMAIL' and lower(known_users.display_name) like '%[bot]'
                then 'author name ends in [bot]'
            when bot_logins.login is not null then 'listed: ' || bot_logins.evidence
            when bot_addresses.email_hash is not null then 'listed: ' || bot_addresses.evidence
        end as class_evidence
    from participants
    inner join known_users
        on participants.user_id = known_users.user_id
    left join bot_logins
        on
            known_users.user_source = 'GITHUB'
            and known_users.user_name = bot_logins.login
    left join bot_addresses
        on
            known_users.email_domain = bot_addresses.email_domain
            and known_users.email_hash = bot_addresses.email_hash

),

final as (

    select
        user_id,
        user_source,
        user_source_id,
        user_name,
        display_name,
        case when class_evidence is null then user_class else 'bot' end as user_class,
        class_evidence,
        case when user_source = 'GITHUB' then 'https://github.com/' || {{ text_part('user_name', '#', 1) }} end as url
    from classified

)

select * from final
