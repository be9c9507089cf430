{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_github_events') }}

),

{{ account_names() }},

-- One row per archive event and meaning; a merged pull request is closed as well.
typed as (

    select
        *,
        case
            when archive_type = 'IssuesEvent' and action in ('opened', 'closed', 'reopened')
                then 'ISSUE_' || upper(action)
            when archive_type = 'IssueCommentEvent' and coalesce(action, 'created') = 'created'
                then 'ISSUE_COMMENT'
            when archive_type = 'PullRequestEvent' and action in ('opened', 'closed', 'reopened')
                then 'PULL_REQUEST_' || upper(action)
            when archive_type = 'PullRequestEvent' and action = 'merged'
                then 'PULL_REQUEST_CLOSED'
            when archive_type = 'PullRequestReviewEvent' and coalesce(action, 'created') in ('created', 'submitted')
                then 'PULL_REQUEST_REVIEW'
            when archive_type = 'PullRequestReviewCommentEvent' and coalesce(action, 'created') = 'created'
                then 'PULL_REQUEST_REVIEW_COMMENT'
            when archive_type = 'WatchEvent' and coalesce(action, 'started') = 'started'
                then 'STARRED'
            when archive_type = 'ForkEvent'
                then 'FORKED'
            when archive_type = 'ReleaseEvent' and coalesce(action, 'published') = 'published'
                then 'RELEASE_PUBLISHED'
        end as event_type
    from events

),

-- The same happening has the same key here and in the API: the forge's own number of what it happened to.
keyed as (

    select
        *,
        coalesce(
            case
                when event_type = 'STARRED' then event_key
                when event_type like '%_CLOSED' or event_type like '%_REOPENED'
                    then {{ moment_key('subject_id', 'created_at') }}
                else cast(subject_id as varchar)
            end,
            event_key
        ) as subject_key
    from typed
    where event_type is not null

),

ranked_activity as (

    select
        *,
        row_number() over (
            partition by event_type, subject_key
            order by created_at, event_key
        ) as choice
    from keyed

),

activity as (

    select
        {{ entity_id(["'GITHUB'", 'event_type', 'subject_key']) }} as event_id,
        created_at as time,
        event_type,
        to_artifact_id,
        actor_id as account_id,
        actor_login as login,
        cast(1 as double) as amount,
        event_source_id,
        observed_at,
        record_ref
    from ranked_activity
    where choice = 1

),

merges as (

    select
        *,
        coalesce(
            cast(subject_id as varchar),
            to_artifact_id || '#' || cast(subject_number as varchar),
            event_key
        ) as pull_request_id
    from events
    where
        archive_type = 'PullRequestEvent'
        and (
            action = 'merged'
            or (action = 'closed' and (is_merged or merged_at is not null))
        )

),

ranked_merges as (

    select
        *,
        row_number() over (
            partition by pull_request_id
            order by coalesce(merged_at, created_at), event_key
        ) as choice
    from merges

),

merged as (

    select
        {{ entity_id(["'GITHUB'", "'PULL_REQUEST_MERGED'", 'pull_request_id']) }} as event_id,
        coalesce(merged_at, created_at) as time,
        'PULL_REQUEST_MERGED' as event_type,
        to_artifact_id,
        subject_actor_id as account_id,
        subject_actor_login as login,
        cast(1 as double) as amount,
        pull_request_id as event_source_id,
        observed_at,
        record_ref
    from ranked_merges
    where choice = 1

),

ranked_star_counts as (

    select
        *,
        row_number() over (
            partition by to_artifact_id, {{ day_of('created_at') }}
            order by created_at desc, event_key desc
        ) as choice
    from events
    where star_count is not null

),

star_counts as (

    select
        {{ entity_id([
            "'GITHUB'",
            "'STAR_COUNT'",
            'coalesce(cast(repository_id as varchar), to_artifact_id)',
            'cast(' ~ day_of('created_at') ~ ' as varchar)'
        ]) }} as event_id,
        created_at as time,
        'STAR_COUNT' as event_type,
        to_artifact_id,
        cast(null as bigint) as account_id,
        cast(null as varchar) as login,
        cast(star_count as double) as amount,
        event_source_id,
        observed_at,
        record_ref
    from ranked_star_counts
    where choice = 1

),

by_account as (

    select * from activity
    union all
    select * from merged
    union all
    select * from star_counts

),

account_events as (

    select
        by_account.event_id,
        by_account.time,
        by_account.event_type,
        'GITHUB' as event_source,
        by_account.to_artifact_id,
        coalesce(numbers.user_id, logins.user_id) as from_artifact_id,
        by_account.amount,
        by_account.event_source_id,
        by_account.observed_at,
        by_account.record_ref
    from by_account
    left join numbers
        on by_account.account_id = numbers.account_id
    left join logins
        on by_account.login = logins.alias_login

),

final as (

    select * from account_events

)

select * from final
