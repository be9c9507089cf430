with accounts as (

    select * from {{ ref('int_github_accounts') }}

),

shared_addresses as (

    select * from {{ ref('int_shared_addresses') }}

),

address_accounts as (

    select * from {{ ref('int_address_accounts') }}

),

address_names as (

    select * from {{ ref('int_address_names') }}

),

decisions as (

    select * from {{ ref('int_identity_decisions') }}
    where is_in_force

),

git_noreply as (

    select
        email_domain,
        email_hash,
        author_account_id as account_id,
        author_login as login,
        count(*) as evidence_count,
        min(observed_at) as decided_at
    from {{ ref('stg_git__commits') }}
    where
        author_login is not null
        and email_hash is not null
    group by
        email_domain,
        email_hash,
        author_account_id,
        author_login

),

from_git as (

    select
        git_noreply.email_domain,
        git_noreply.email_hash,
        accounts.user_id,
        'private_address' as rule,
        case
            when git_noreply.account_id is not null then 'private address with account number'
            else 'private address with login'
        end as evidence,
        case
            when git_noreply.account_id is not null then cast(1.0 as double)
            when accounts.holder_count = 1 then cast(0.9 as double)
            else cast(0.5 as double)
        end as confidence,
        git_noreply.evidence_count,
        git_noreply.decided_at
    from git_noreply
    inner join accounts
        on
            git_noreply.login = accounts.alias_login
            and (
                git_noreply.account_id = accounts.account_id
                or (git_noreply.account_id is null and accounts.is_latest_holder)
            )

),

-- The archive hides the local part of an address by its SHA-1, which is recomputed here for every known account.
archive_hashes as (

    select
        email_domain,
        email_hash,
        count(*) as evidence_count,
        min(observed_at) as decided_at
    from {{ ref('int_archive_commits') }}
    where email_domain = '{{ var("noreply_domain") }}'
    group by
        email_domain,
        email_hash

),

expected_hashes as (

    select
        user_id,
        {{ sha1_hex("cast(account_id as varchar) || '+' || alias_as_written") }} as email_hash,
        'hash of the private address with account number' as evidence,
        cast(1.0 as double) as confidence
    from accounts
    where account_id is not null
    union all
    select
        user_id,
        {{ sha1_hex('alias_as_written') }} as email_hash,
        'hash of the private address with login' as evidence,
        case when holder_count = 1 then cast(0.9 as double) else cast(0.5 as double) end as confidence
    from accounts
    where is_latest_holder

),

from_archive as (

    select
        archive_hashes.email_domain,
        archive_hashes.email_hash,
        expected_hashes.user_id,
        'private_address' as rule,
        expected_hashes.evidence,
        expected_hashes.confidence,
        archive_hashes.evidence_count,
        archive_hashes.decided_at
    from archive_hashes
    inner join expected_hashes
        on archive_hashes.email_hash = expected_hashes.email_hash

),

rated_commits as (

    select
        *,
        case
            when commit_share < 0.9 then cast(0.5 as double)
            when api_count > 0 then cast(0.98 as double)
            when is_known_to_api then cast(0.5 as double)
            when merge_count > 0 then cast(0.95 as double)
            when commit_count > 1 then cast(0.9 as double)
            else cast(0.7 as double)
        end as confidence
    from address_accounts

),

-- The names of an account are those of the addresses that are surely its own.
account_names as (

    select
        sure.user_id,
        address_names.author_name
    from (
        select email_domain, email_hash, user_id from from_git where confidence = 1
        union distinct
        select email_domain, email_hash, user_id from from_archive where confidence = 1
        union distinct
        select email_domain, email_hash, user_id from rated_commits where confidence >= 0.9
    ) as sure
    inner join address_names
        on
            address_names.email_domain = sure.email_domain
            and address_names.email_hash = sure.email_hash
    group by
        sure.user_id,
        address_names.author_name

),

-- A single squash commit is weak, since somebody may open a request with the work of another. It is enough where the
-- address never signed with a name that is not the account's.
strange_names as (

    select
        rated_commits.email_domain,
        rated_commits.email_hash,
        rated_commits.user_id,
        count(*) - count(account_names.author_name) as name_count
    from rated_commits
    inner join address_names
        on
            address_names.email_domain = rated_commits.email_domain
            and address_names.email_hash = rated_commits.email_hash
    left join account_names
        on
            account_names.user_id = rated_commits.user_id
            and account_names.author_name = address_names.author_name
    where rated_commits.confidence = 0.7
    group by
        rated_commits.email_domain,
        rated_commits.email_hash,
        rated_commits.user_id

),

from_commits as (

    select
        rated_commits.email_domain,
        rated_commits.email_hash,
        rated_commits.user_id,
        case when rated_commits.api_count > 0 then 'verified_address' else 'same_commit' end as rule,
        case
            when rated_commits.api_count > 0 then 'the API gives the account as author of commits under the address'
            when rated_commits.merge_count > 0
                then 'merge commits that the forge wrote for the account carry the address'
            when strange_names.name_count = 0
                then 'a squash commit that the forge wrote for a request of the account carries the address and its name'
            else 'squash commits that the forge wrote for requests of the account carry the address'
        end as evidence,
        case when strange_names.name_count = 0 then cast(0.88 as double) else rated_commits.confidence end as confidence,
        rated_commits.commit_count as evidence_count,
        rated_commits.observed_at as decided_at
    from rated_commits
    left join strange_names
        on
            strange_names.email_domain = rated_commits.email_domain
            and strange_names.email_hash = rated_commits.email_hash
            and strange_names.user_id = rated_commits.user_id

),

candidates as (

    select
        {{ entity_id(["'GIT_EMAIL'", 'email_domain', 'email_hash']) }} as from_identity_id,
        email_domain,
        email_hash,
        user_id as to_identity_id,
        rule,
        evidence,
        confidence,
        evidence_count,
        decided_at
    from (
        select * from from_git
        union all
        select * from from_archive
        union all
        select * from from_commits
    ) as found

),

-- One rule may find a link in several ways; the best way is its evidence.
numbered_candidates as (

    select
        *,
        row_number() over (
            partition by from_identity_id, to_identity_id, rule
            order by confidence desc, decided_at, evidence, evidence_count desc
        ) as way
    from candidates

),

splits as (

    select
        from_identity_id as identity_id,
        to_identity_id as other_id,
        author,
        reason
    from decisions
    where action = 'split'
    union all
    select
        to_identity_id as identity_id,
        from_identity_id as other_id,
        author,
        reason
    from decisions
    where
        action = 'split'
        and to_identity_id is not null

),

-- Where somebody said whose an address is, no rule gives it to another account.
claims as (

    select
        from_identity_id as identity_id,
        to_identity_id as account_user_id
    from decisions
    where
        action = 'merge'
        and from_source = 'GIT_EMAIL'
        and to_source = 'GITHUB'
    union all
    select
        to_identity_id as identity_id,
        from_identity_id as account_user_id
    from decisions
    where
        action = 'merge'
        and from_source = 'GITHUB'
        and to_source = 'GIT_EMAIL'

),

undone as (

    select
        numbered_candidates.from_identity_id,
        numbered_candidates.to_identity_id,
        min(splits.author || ': ' || splits.reason) as reason
    from numbered_candidates
    inner join splits
        on
            (
                splits.identity_id = numbered_candidates.from_identity_id
                and coalesce(splits.other_id, numbered_candidates.to_identity_id) = numbered_candidates.to_identity_id
            )
            or (
                splits.identity_id = numbered_candidates.to_identity_id
                and splits.other_id is null
            )
    group by
        numbered_candidates.from_identity_id,
        numbered_candidates.to_identity_id

),

claimed as (

    select
        identity_id,
        min(account_user_id) as first_account,
        max(account_user_id) as last_account
    from claims
    group by identity_id

),

judged as (

    select
        candidates.from_identity_id,
        candidates.email_domain,
        candidates.email_hash,
        candidates.to_identity_id,
        candidates.rule,
        candidates.evidence,
        candidates.confidence,
        candidates.evidence_count,
        candidates.decided_at,
        case
            when undone.from_identity_id is not null then undone.reason
            when candidates.to_identity_id not in (claimed.first_account, claimed.last_account)
                then 'somebody said that the address is another account' || chr(39) || 's'
        end as undone_reason,
        case
            when shared_addresses.email_hash is not null then 'shared address, ' || shared_addresses.evidence
            when candidates.confidence < {{ var('identity_min_confidence') }} then 'not sure enough'
        end as state_reason
    from numbered_candidates as candidates
    left join undone
        on
            undone.from_identity_id = candidates.from_identity_id
            and undone.to_identity_id = candidates.to_identity_id
    left join claimed
        on claimed.identity_id = candidates.from_identity_id
    left join shared_addresses
        on
            shared_addresses.email_domain = candidates.email_domain
            and shared_addresses.email_hash = candidates.email_hash
    where candidates.way = 1

),

standing as (

    select *
    from judged
    where
        undone_reason is null
        and state_reason is null

),

-- An address is one account's: the one with the best evidence.
chosen as (

    select
        from_identity_id,
        to_identity_id,
        row_number() over (
            partition by from_identity_id
            order by max(confidence) desc, sum(evidence_count) desc, min(decided_at), to_identity_id
        ) as choice
    from standing
    group by
        from_identity_id,
        to_identity_id

),

inferred as (

    select
        judged.from_identity_id,
        'GIT_EMAIL' as from_source,
        judged.to_identity_id,
        'GITHUB' as to_source,
        judged.rule,
        judged.evidence,
        judged.confidence,
        judged.evidence_count,
        'rule ' || judged.rule as author,
        judged.decided_at as created_at,
        case
            when judged.undone_reason is not null then 'undone'
            when chosen.choice = 1 then 'accepted'
            when judged.state_reason = 'not sure enough' then 'suggested'
            else 'refused'
        end as state,
        coalesce(
            judged.undone_reason,
            judged.state_reason,
            case when chosen.choice > 1 then 'another account has better evidence' end
        ) as state_reason
    from judged
    left join chosen
        on
            chosen.from_identity_id = judged.from_identity_id
            and chosen.to_identity_id
            = case when judged.undone_reason is null and judged.state_reason is null then judged.to_identity_id end

),

asserted as (

    select
        from_identity_id,
        from_source,
        to_identity_id,
        to_source,
        case when is_self_claim then 'self_claim' else 'assertion' end as rule,
        reason as evidence,
        cast(1.0 as double) as confidence,
        1 as evidence_count,
        author,
        cast(decided_on as timestamp) as created_at,
        case when is_in_force then 'accepted' else 'undone' end as state,
        case when not is_in_force then 'another decision about the same two outranks it' end as state_reason
    from {{ ref('int_identity_decisions') }}
    where action = 'merge'

),

-- The number says that two logins are one account, which is no inference.
renamed as (

    select
        {{ entity_id(["'GITHUB'", 'alias_login', 'alias_login']) }} as from_identity_id,
        'GITHUB' as from_source,
        user_id as to_identity_id,
        'GITHUB' as to_source,
        'renamed_account' as rule,
        'the account with this number had another login before' as evidence,
        cast(1.0 as double) as confidence,
        1 as evidence_count,
        'rule renamed_account' as author,
        cast(null as timestamp) as created_at,
        'accepted' as state,
        cast(null as varchar) as state_reason
    from accounts
    where
        account_id is not null
        and is_latest_holder
        and alias_login <> login

),

unioned as (

    select * from inferred
    union all
    select * from asserted
    union all
    select * from renamed

),

numbered as (

    select
        *,
        row_number() over (
            partition by from_identity_id, to_identity_id, rule
            order by case state when 'accepted' then 1 else 2 end, created_at desc nulls last, author, evidence
        ) as place
    from unioned

),

final as (

    select
        {{ entity_id([
            "'IDENTITY_LINK'",
            'from_identity_id',
            'to_identity_id',
            'rule',
            'cast(place as varchar)'
        ]) }} as link_id,
        from_identity_id,
        from_source,
        to_identity_id,
        to_source,
        rule,
        evidence,
        confidence,
        evidence_count,
        author,
        created_at,
        state,
        state = 'undone' as is_undone,
        state_reason
    from numbered

)

select * from final
