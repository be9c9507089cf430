with archive_people as (

    select
        actor_id as account_id,
        actor_login as login,
        actor_login_as_written as login_as_written,
        created_at as seen_at,
        1 as is_seen_by_forge
    from {{ ref('int_github_events') }}
    union all
    select
        subject_actor_id as account_id,
        subject_actor_login as login,
        subject_actor_login_as_written as login_as_written,
        created_at as seen_at,
        1 as is_seen_by_forge
    from {{ ref('int_github_events') }}

),

-- A private address in somebody's settings keeps the login of the day on which it was written there.
git_people as (

    select
        author_account_id as account_id,
        author_login as login,
        author_login_as_written as login_as_written,
        committed_at as seen_at,
        0 as is_seen_by_forge
    from {{ ref('stg_git__commits') }}
    where author_login is not null

),

commit_people as (

    select
        account_id,
        login,
        login_as_written,
        seen_at,
        1 as is_seen_by_forge
    from {{ ref('int_commit_accounts') }}

),

forge_people as (

    select
        account_id,
        login,
        login_as_written,
        seen_at,
        1 as is_seen_by_forge
    from {{ ref('int_forge_people') }}

),

sightings as (

    select
        account_id,
        login,
        max(login_as_written) as login_as_written,
        max(is_seen_by_forge) as is_seen_by_forge,
        max(case when is_seen_by_forge = 1 then seen_at end) as last_seen_by_forge_at,
        max(seen_at) as last_seen_at
    from (
        select * from archive_people
        union all
        select * from git_people
        union all
        select * from commit_people
        union all
        select * from forge_people
    ) as people
    where login <> ''
    group by
        account_id,
        login

),

numbered as (

    select
        account_id,
        login,
        login_as_written,
        last_seen_at,
        row_number() over (
            partition by account_id
            order by is_seen_by_forge desc, last_seen_by_forge_at desc nulls last, last_seen_at desc nulls last, login
        ) as recency_of_login,
        row_number() over (
            partition by login
            order by
                is_seen_by_forge desc,
                last_seen_by_forge_at desc nulls last,
                last_seen_at desc nulls last,
                account_id desc
        ) as recency_of_holder,
        count(*) over (partition by login) as holder_count
    from sightings
    where account_id is not null

),

-- A login without a number is the account that had this login last, or an account of its own.
unnumbered as (

    select
        sightings.account_id,
        sightings.login,
        sightings.login_as_written
    from sightings
    left join numbered
        on sightings.login = numbered.login
    where
        sightings.account_id is null
        and numbered.login is null

),

current_logins as (

    select
        account_id,
        case
            when recency_of_holder = 1 then login
            else login || '#' || cast(account_id as varchar)
        end as login,
        login_as_written as display_login
    from numbered
    where recency_of_login = 1

),

aliases as (

    select
        numbered.account_id,
        numbered.login as alias_login,
        numbered.login_as_written as alias_as_written,
        numbered.recency_of_holder = 1 as is_latest_holder,
        numbered.holder_count,
        current_logins.login,
        current_logins.display_login
    from numbered
    inner join current_logins
        on numbered.account_id = current_logins.account_id
    union all
    select
        account_id,
        login as alias_login,
        login_as_written as alias_as_written,
        true as is_latest_holder,
        1 as holder_count,
        login,
        login_as_written as display_login
    from unnumbered

),

final as (

    select
        {{ entity_id(["'GITHUB'", 'login', 'login']) }} as user_id,
        account_id,
        login,
        display_login,
        alias_login,
        alias_as_written,
        is_latest_holder,
        holder_count
    from aliases

)

select * from final
