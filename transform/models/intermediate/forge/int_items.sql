with lifecycles as (

    select * from {{ ref('int_item_lifecycles') }}

),

users as (

    select
        user_id,
        max(user_class) as user_class
    from {{ ref('int_users') }}
    group by user_id

),

-- Who sent an event, several identities of one person taken together.
senders as (

    select
        event_source,
        event_type,
        event_source_id,
        min(from_artifact_id) as user_id
    from {{ ref('int_events') }}
    where
        basis = 'api'
        and event_type in (
            'ISSUE_OPENED',
            'PULL_REQUEST_OPENED',
            'ISSUE_COMMENT',
            'PULL_REQUEST_REVIEW',
            'PULL_REQUEST_REVIEW_COMMENT'
        )
    group by
        event_source,
        event_type,
        event_source_id

),

events as (

    select
        events.event_source,
        events.to_artifact_id,
        events.item_kind,
        events.number,
        events.event_type,
        events.time,
        senders.user_id,
        case when senders.user_id is not null then coalesce(users.user_class, 'person') else 'unknown' end as user_class
    from {{ ref('int_forge_events') }} as events
    inner join senders
        on
            events.event_source = senders.event_source
            and events.event_type = senders.event_type
            and events.event_key = senders.event_source_id
    left join users
        on senders.user_id = users.user_id
    where events.item_kind in ('issue', 'pull_request')

),

authors as (

    select
        event_source,
        to_artifact_id,
        item_kind,
        number,
        min(user_id) as user_id,
        min(user_class) as user_class
    from events
    where event_type in ('ISSUE_OPENED', 'PULL_REQUEST_OPENED')
    group by
        event_source,
        to_artifact_id,
        item_kind,
        number

),

-- What bots and agents say is no answer.
words as (

    select
        words.event_source,
        words.to_artifact_id,
        words.item_kind,
        words.number,
        min(words.time) as first_response_at
    from events as words
    inner join authors
        on
            words.event_source = authors.event_source
            and words.to_artifact_id = authors.to_artifact_id
            and words.item_kind = authors.item_kind
            and words.number = authors.number
    where
        words.event_type in ('ISSUE_COMMENT', 'PULL_REQUEST_REVIEW', 'PULL_REQUEST_REVIEW_COMMENT')
        and words.user_class in ('person', 'organization')
        and words.user_id <> authors.user_id
    group by
        words.event_source,
        words.to_artifact_id,
        words.item_kind,
        words.number

),

-- The account that merged, set beside the account that opened. Where one of the two is not told, nothing is known.
merges as (

    select
        event_source,
        to_artifact_id,
        number,
        case
            when author_id is not null and ended_by_id is not null then author_id = ended_by_id
            when author_login <> '' and ended_by_login <> '' then author_login = ended_by_login
        end as is_merged_by_author
    from {{ ref('int_forge_items') }}
    where
        item_kind = 'pull_request'
        and merged_at is not null

),

final as (

    select
        lifecycles.event_source,
        lifecycles.to_artifact_id,
        lifecycles.item_kind,
        lifecycles.number,
        authors.user_id as author_id,
        coalesce(authors.user_class, 'unknown') as author_class,
        lifecycles.opened_at,
        case when words.first_response_at >= lifecycles.opened_at then words.first_response_at end as first_response_at,
        lifecycles.merged_at,
        coalesce(lifecycles.closed_at, lifecycles.merged_at) as closed_at,
        case when lifecycles.merged_at is not null then merges.is_merged_by_author end as is_merged_by_author
    from lifecycles
    left join authors
        on
            lifecycles.event_source = authors.event_source
            and lifecycles.to_artifact_id = authors.to_artifact_id
            and lifecycles.item_kind = authors.item_kind
            and lifecycles.number = authors.number
    left join words
        on
            lifecycles.event_source = words.event_source
            and lifecycles.to_artifact_id = words.to_artifact_id
            and lifecycles.item_kind = words.item_kind
            and lifecycles.number = words.number
    left join merges
        on
            lifecycles.event_source = merges.event_source
            and lifecycles.to_artifact_id = merges.to_artifact_id
            and case when lifecycles.item_kind = 'pull_request' then lifecycles.number end = merges.number

)

select * from final
