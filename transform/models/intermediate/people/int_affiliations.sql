{%- set beginning = "cast('1900-01-01' as date)" -%}
with declarations as (

    select * from {{ ref('stg_organizations__declarations') }}

),

identities as (

    select * from {{ ref('int_identities') }}

),

shared_addresses as (

    select * from {{ ref('int_shared_addresses') }}

),

{{ account_names() }},

declared_identities as (

    select
        declarations.*,
        {{ named_identity('declarations') }} as identity_id
    from declarations
    left join numbers
        on declarations.account_id = numbers.account_id
    left join logins
        on declarations.login = logins.alias_login
    where declarations.kind = 'person'

),

declared_spans as (

    select
        coalesce(identities.user_id, declared.identity_id) as user_id,
        coalesce(declared.start_date, {{ beginning }}) as start_date,
        least(coalesce(declared.end_date, {{ as_of() }}), {{ as_of() }}) as end_date,
        declared.organization_name,
        declared.is_independent,
        case when declared.is_self_claim then 'self_claim' else 'assertion' end as rule,
        declared.reason as evidence,
        declared.author,
        declared.record_ref,
        case when declared.is_self_claim then 1 else 2 end as precedence
    from declared_identities as declared
    left join identities
        on declared.identity_id = identities.identity_id
    where declared.identity_id is not null

),

domains as (

    select
        domain,
        organization_name,
        coalesce(start_date, {{ beginning }}) as start_date,
        coalesce(end_date, {{ as_of() }}) as end_date,
        record_ref
    from declarations
    where kind = 'domain'

),

commits as (

    select
        email_domain,
        email_hash,
        author_name,
        to_artifact_id,
        {{ day_of('committed_at') }} as day
    from {{ ref('int_commits') }}
    union all
    select
        email_domain,
        email_hash,
        author_name,
        to_artifact_id,
        {{ day_of('created_at') }} as day
    from {{ ref('int_archive_commits') }}

),

known_domains as (

    select email_domain
    from commits
    group by email_domain

),

-- A domain has those below it, too, but for those of addresses that a forge gives to everybody.
matched_domains as (

    select
        known_domains.email_domain,
        domains.domain,
        domains.organization_name,
        domains.start_date,
        domains.end_date,
        domains.record_ref
    from known_domains
    inner join domains
        on
            known_domains.email_domain = domains.domain
            or known_domains.email_domain like '%.' || domains.domain
    where known_domains.email_domain not like '%noreply.%'

),

signatures as (

    select
        {{ commit_identity_id('commits', 'shared_addresses') }} as identity_id,
        commits.day,
        commits.email_domain,
        count(*) as commit_count
    from commits
    left join shared_addresses
        on
            commits.email_domain = shared_addresses.email_domain
            and commits.email_hash = shared_addresses.email_hash
    where
        commits.email_hash is not null
        and commits.day between {{ beginning }} and {{ as_of() }}
        and commits.email_domain in (select email_domain from matched_domains)
    group by
        {{ commit_identity_id('commits', 'shared_addresses') }},
        commits.day,
        commits.email_domain

),

-- The longest domain that is declared for the day.
placed_signatures as (

    select
        signatures.*,
        matched_domains.domain,
        matched_domains.organization_name,
        matched_domains.end_date as last_valid_day,
        matched_domains.record_ref,
        row_number() over (
            partition by signatures.identity_id, signatures.day, signatures.email_domain
            order by length(matched_domains.domain) desc, matched_domains.organization_name, matched_domains.record_ref
        ) as choice
    from signatures
    inner join matched_domains
        on
            signatures.email_domain = matched_domains.email_domain
            and signatures.day between matched_domains.start_date and matched_domains.end_date

),

user_days as (

    select
        coalesce(identities.user_id, placed.identity_id) as user_id,
        placed.day,
        placed.organization_name,
        placed.domain,
        placed.last_valid_day,
        placed.record_ref,
        sum(placed.commit_count) as commit_count
    from placed_signatures as placed
    left join identities
        on placed.identity_id = identities.identity_id
    where placed.choice = 1
    group by
        coalesce(identities.user_id, placed.identity_id),
        placed.day,
        placed.organization_name,
        placed.domain,
        placed.last_valid_day,
        placed.record_ref

),

-- On one day somebody belongs to one organization: the one under whose domain most commits are.
ranked_days as (

    select
        *,
        row_number() over (
            partition by user_id, day
            order by commit_count desc, organization_name, domain, record_ref
        ) as choice
    from user_days

),

following_days as (

    select
        *,
        lead(day) over (partition by user_id order by day) as next_day
    from ranked_days
    where choice = 1

),

domain_days as (

    select
        *,
        least(
            {{ add_days('day', var('affiliation_days') - 1) }},
            coalesce({{ add_days('next_day', -1) }}, {{ as_of() }}),
            last_valid_day,
            {{ as_of() }}
        ) as last_day
    from following_days

),

numbered_days as (

    select
        *,
        sum(is_new) over (
            partition by user_id
            order by day
            rows between unbounded preceding and current row
        ) as span_number
    from (
        select
            *,
            case
                when
                    lag(organization_name) over (partition by user_id order by day) = organization_name
                    and {{ add_days('lag(last_day) over (partition by user_id order by day)', 1) }} = day
                    then 0
                else 1
            end as is_new
        from domain_days
    ) as compared

),

domain_spans as (

    select
        user_id,
        min(day) as start_date,
        max(last_day) as end_date,
        organization_name,
        false as is_independent,
        'domain' as rule,
        'commits under ' || min(domain) as evidence,
        'rule domain' as author,
        min(record_ref) as record_ref,
        3 as precedence
    from numbered_days
    group by
        user_id,
        span_number,
        organization_name

),

spans as (

    select * from declared_spans
    where start_date <= end_date
    union all
    select * from domain_spans

),

-- Between two neighbouring ends of spans nothing changes.
boundaries as (

    select
        user_id,
        start_date as day
    from spans
    union distinct
    select
        user_id,
        {{ add_days('end_date', 1) }} as day
    from spans

),

stretches as (

    select
        user_id,
        day as start_date,
        {{ add_days('lead(day) over (partition by user_id order by day)', -1) }} as end_date
    from boundaries

),

ranked_stretches as (

    select
        stretches.user_id,
        stretches.start_date,
        stretches.end_date,
        spans.organization_name,
        spans.is_independent,
        spans.rule,
        spans.evidence,
        spans.author,
        spans.record_ref,
        row_number() over (
            partition by stretches.user_id, stretches.start_date
            order by
                spans.precedence,
                spans.start_date desc,
                spans.organization_name,
                spans.record_ref
        ) as choice
    from stretches
    inner join spans
        on
            stretches.user_id = spans.user_id
            and stretches.start_date between spans.start_date and spans.end_date
    where stretches.end_date is not null

),

compared_stretches as (

    select
        *,
        case
            when
                lag(record_ref) over (partition by user_id order by start_date) = record_ref
                and lag(evidence) over (partition by user_id order by start_date) = evidence
                and {{ add_days('lag(end_date) over (partition by user_id order by start_date)', 1) }} = start_date
                then 0
            else 1
        end as is_new
    from ranked_stretches
    where choice = 1

),

numbered as (

    select
        *,
        sum(is_new) over (
            partition by user_id
            order by start_date
            rows between unbounded preceding and current row
        ) as span_number
    from compared_stretches

),

final as (

    select
        user_id,
        min(start_date) as start_date,
        nullif(max(end_date), {{ as_of() }}) as end_date,
        organization_name,
        is_independent,
        rule,
        evidence,
        author,
        record_ref
    from numbered
    group by
        user_id,
        span_number,
        organization_name,
        is_independent,
        rule,
        evidence,
        author,
        record_ref

)

select * from final
