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
        max(display_login) as display_name
    from {{ ref('int_github_accounts') }}
    group by user_id

),

shared_addresses as (

    select * from {{ ref('int_shared_addresses') }}

),

authors as (

    select
        email_domain,
        email_hash,
        author_name,
        to_artifact_id,
        authored_at
    from {{ ref('int_commits') }}
    union all
    select
        email_domain,
        email_hash,
        author_name,
        to_artifact_id,
        created_at as authored_at
    from {{ ref('int_archive_commits') }}

),

signatures as (

    select
        {{ commit_identity_id('authors', 'shared_addresses') }} as user_id,
        authors.author_name,
        authors.authored_at
    from authors
    left join shared_addresses
        on
            authors.email_domain = shared_addresses.email_domain
            and authors.email_hash = shared_addresses.email_hash
    where authors.email_hash is not null

),

-- Some people write their address where the name belongs; it is not shown.
email_users as (

    select
        user_id,
        'GIT_EMAIL' as user_source,
        cast(null as varchar) as user_source_id,
        cast(null as varchar) as user_name,
        {{ value_at_max("case when author_name not like '%@%' then author_name end", 'authored_at') }} as display_name
    from signatures
    group by user_id

),

-- Accounts of other forges, by their login: the host stands before it where that is not the forge's own.
forge_users as (

    select
        {{ entity_id(['event_source', 'login', 'login']) }} as user_id,
        event_source as user_source,
        cast(max(account_id) as varchar) as user_source_id,
        login as user_name,
        login as display_name
    from {{ ref('int_forge_events') }}
    where
        event_source <> 'GITHUB'
        and login is not null
    group by
        event_source,
        login

),

funders as (

    select
        user_id,
        user_source,
        cast(null as varchar) as user_source_id,
        user_name,
        display_name,
        user_class
    from {{ ref('int_funders') }}

),

addresses as (

    select
        user_id,
        user_source,
        cast(null as varchar) as user_source_id,
        user_name,
        cast(null as varchar) as display_name,
        user_class
    from {{ ref('int_address_users') }}

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
    select
        *,
        'person' as user_class
    from forge_users
    union all
    select * from funders
    union all
    select * from addresses

),

-- Somebody who has several identities is what the strongest evidence about any of them says.
member_classes as (

    select
        coalesce(identities.user_id, classes.identity_id) as user_id,
        classes.user_class,
        classes.evidence,
        row_number() over (
            partition by coalesce(identities.user_id, classes.identity_id)
            order by classes.precedence, classes.evidence
        ) as choice
    from {{ ref('int_identity_classes') }} as classes
    left join {{ ref('int_identities') }} as identities
        on classes.identity_id = identities.identity_id

),

final as (

    select
        known_users.user_id,
        known_users.user_source,
        known_users.user_source_id,
        known_users.user_name,
        known_users.display_name,
        coalesce(member_classes.user_class, known_users.user_class) as user_class,
        member_classes.evidence as class_evidence,
        case
            when known_users.user_source = 'GITHUB'
                then 'https://github.com/' || {{ text_part('known_users.user_name', '#', 1) }}
        end as url
    from participants
    inner join known_users
        on participants.user_id = known_users.user_id
    left join member_classes
        on
            participants.user_id = member_classes.user_id
            and member_classes.choice = 1

)

select * from final
