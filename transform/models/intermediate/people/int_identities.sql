with recursive links as (

    select * from {{ ref('int_identity_links') }}
    where
        state = 'accepted'
        and rule <> 'renamed_account'

),

inferred as (

    select
        from_identity_id as identity_id,
        to_identity_id as account_user_id,
        evidence,
        confidence,
        author,
        created_at,
        row_number() over (
            partition by from_identity_id
            order by confidence desc, created_at, evidence, to_identity_id
        ) as choice
    from links
    where rule not in ('assertion', 'self_claim')

),

anchors as (

    select
        identity_id,
        account_user_id
    from inferred
    where choice = 1

),

asserted as (

    select
        links.from_identity_id,
        links.to_identity_id,
        links.evidence,
        links.confidence,
        links.author,
        links.created_at,
        coalesce(from_anchors.account_user_id, links.from_identity_id) as from_anchor,
        coalesce(to_anchors.account_user_id, links.to_identity_id) as to_anchor
    from links
    left join anchors as from_anchors
        on links.from_identity_id = from_anchors.identity_id
    left join anchors as to_anchors
        on links.to_identity_id = to_anchors.identity_id
    where links.rule in ('assertion', 'self_claim')

),

edges as (

    select
        from_anchor as one,
        to_anchor as other
    from asserted
    union distinct
    select
        to_anchor as one,
        from_anchor as other
    from asserted

),

-- Rules lead every address to one account, so that only what people asserted can make chains, which are few.
starts as (

    select distinct
        one,
        one as other
    from edges

),

{{ reached('reach', 'starts', 'edges') }},

accounts as (

    select
        user_id,
        min(account_id) as account_id
    from {{ ref('int_github_accounts') }}
    group by user_id

),

-- A person is called by the oldest account, or by the first address where there is no account.
ranked as (

    select
        reach.one,
        reach.other,
        row_number() over (
            partition by reach.one
            order by
                case when accounts.user_id is null then 1 else 0 end,
                accounts.account_id nulls last,
                reach.other
        ) as choice
    from reach
    left join accounts
        on reach.other = accounts.user_id

),

representatives as (

    select
        one as anchor,
        other as user_id
    from ranked
    where choice = 1

),

asserted_ends as (

    select
        from_identity_id as identity_id,
        evidence,
        confidence,
        author,
        created_at
    from asserted
    union all
    select
        to_identity_id as identity_id,
        evidence,
        confidence,
        author,
        created_at
    from asserted
    union all
    select
        from_anchor as identity_id,
        evidence,
        confidence,
        author,
        created_at
    from asserted
    union all
    select
        to_anchor as identity_id,
        evidence,
        confidence,
        author,
        created_at
    from asserted

),

asserted_once as (

    select
        *,
        row_number() over (partition by identity_id order by created_at desc nulls last, author, evidence) as choice
    from asserted_ends

),

members as (

    select
        identity_id,
        account_user_id as anchor,
        evidence,
        confidence,
        author,
        created_at
    from inferred
    where choice = 1
    union all
    select
        asserted_once.identity_id,
        asserted_once.identity_id as anchor,
        asserted_once.evidence,
        asserted_once.confidence,
        asserted_once.author,
        asserted_once.created_at
    from asserted_once
    left join anchors
        on asserted_once.identity_id = anchors.identity_id
    where
        asserted_once.choice = 1
        and anchors.identity_id is null

),

final as (

    select
        members.identity_id,
        coalesce(representatives.user_id, members.anchor) as user_id,
        members.evidence,
        members.confidence,
        members.author as decided_by,
        members.created_at as decided_at
    from members
    left join representatives
        on members.anchor = representatives.anchor
    where members.identity_id <> coalesce(representatives.user_id, members.anchor)

)

select * from final
