{{ config(materialized='view') }}

with items as (

    select
        event_source,
        to_artifact_id,
        item_kind,
        number,
        time as opened_at,
        account_id,
        login
    from {{ ref('int_forge_events') }}
    where event_type in ('ISSUE_OPENED', 'PULL_REQUEST_OPENED')

),

words as (

    select
        event_source,
        to_artifact_id,
        item_kind,
        number,
        time,
        account_id,
        login
    from {{ ref('int_forge_events') }}
    where event_type in ('ISSUE_COMMENT', 'PULL_REQUEST_REVIEW', 'PULL_REQUEST_REVIEW_COMMENT')

),

-- The words of somebody else: by the number of the account where both are known, else by the login.
final as (

    select
        items.event_source,
        items.to_artifact_id,
        items.item_kind,
        items.number,
        min(words.time) as first_response_at,
        count(*) as response_count
    from items
    inner join words
        on
            items.event_source = words.event_source
            and items.to_artifact_id = words.to_artifact_id
            and items.item_kind = words.item_kind
            and items.number = words.number
    where
        words.time >= items.opened_at
        and coalesce(words.account_id <> items.account_id, words.login <> items.login, false)
    group by
        items.event_source,
        items.to_artifact_id,
        items.item_kind,
        items.number

)

select * from final
