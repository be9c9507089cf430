with events as (

    select * from {{ ref('int_forge_events') }}
    where item_kind in ('issue', 'pull_request')

),

opened as (

    select
        event_source,
        to_artifact_id,
        item_kind,
        number,
        item_id,
        time as opened_at,
        account_id as author_id,
        login as author_login,
        observed_at,
        record_ref
    from events
    where event_type in ('ISSUE_OPENED', 'PULL_REQUEST_OPENED')

),

steps as (

    select
        event_source,
        to_artifact_id,
        item_kind,
        number,
        min(case when event_type like '%_CLOSED' then time end) as first_closed_at,
        max(case when event_type like '%_CLOSED' then time end) as last_closed_at,
        max(case when event_type like '%_REOPENED' then time end) as last_reopened_at,
        min(case when event_type = 'PULL_REQUEST_MERGED' then time end) as merged_at,
        sum(case when event_type like '%_REOPENED' then 1 else 0 end) as reopen_count
    from events
    group by
        event_source,
        to_artifact_id,
        item_kind,
        number

),

responses as (

    select * from {{ ref('int_item_responses') }}

),

final as (

    select
        opened.event_source,
        opened.to_artifact_id,
        opened.item_kind,
        opened.number,
        opened.item_id,
        opened.author_id,
        opened.author_login,
        opened.opened_at,
        responses.first_response_at,
        coalesce(responses.response_count, 0) as response_count,
        steps.merged_at,
        steps.first_closed_at,
        case
            when coalesce(steps.last_closed_at >= steps.last_reopened_at, true) then steps.last_closed_at
        end as closed_at,
        steps.reopen_count,
        case
            when steps.merged_at is not null then 'merged'
            when steps.last_closed_at is not null and coalesce(steps.last_closed_at >= steps.last_reopened_at, true)
                then 'closed'
            else 'open'
        end as state,
        opened.observed_at,
        opened.record_ref
    from opened
    inner join steps
        on
            opened.event_source = steps.event_source
            and opened.to_artifact_id = steps.to_artifact_id
            and opened.item_kind = steps.item_kind
            and opened.number = steps.number
    left join responses
        on
            opened.event_source = responses.event_source
            and opened.to_artifact_id = responses.to_artifact_id
            and opened.item_kind = responses.item_kind
            and opened.number = responses.number

)

select * from final
