with items as (

    select * from {{ ref('int_forge_items') }}

),

repositories as (

    select
        repositories.repository_id,
        repositories.artifact_id
    from {{ ref('int_repositories') }} as repositories
    inner join {{ ref('int_artifacts') }} as artifacts
        on repositories.artifact_id = artifacts.artifact_id
    where
        repositories.artifact_source = 'GITHUB'
        and repositories.repository_id is not null

),

projects as (

    select
        projects.project_id,
        projects.requested_path,
        projects.artifact_id,
        projects.artifact_source,
        projects.host_prefix
    from {{ ref('int_gitlab_projects') }} as projects
    inner join {{ ref('int_artifacts') }} as artifacts
        on projects.artifact_id = artifacts.artifact_id

),

opened as (

    select
        event_source,
        case item_kind when 'issue' then 'ISSUE_OPENED' else 'PULL_REQUEST_OPENED' end as event_type,
        cast(item_id as varchar) as event_key,
        created_at as time,
        to_artifact_id,
        item_kind,
        number,
        item_id,
        author_id as account_id,
        author_login as login,
        false as is_merge,
        1 as precedence,
        observed_at,
        record_ref
    from items

),

merged as (

    select
        event_source,
        'PULL_REQUEST_MERGED' as event_type,
        cast(item_id as varchar) as event_key,
        merged_at as time,
        to_artifact_id,
        item_kind,
        number,
        item_id,
        author_id as account_id,
        author_login as login,
        true as is_merge,
        1 as precedence,
        observed_at,
        record_ref
    from items
    where merged_at is not null

),

github_steps as (

    select
        items.event_source,
        case items.item_kind when 'issue' then 'ISSUE_' else 'PULL_REQUEST_' end || upper(steps.event) as event_type,
        {{ moment_key('items.item_id', 'steps.created_at') }} as event_key,
        steps.created_at as time,
        items.to_artifact_id,
        items.item_kind,
        items.number,
        items.item_id,
        steps.actor_id as account_id,
        lower(steps.actor_login) as login,
        steps.event = 'closed' and coalesce(steps.created_at >= items.merged_at, false) as is_merge,
        1 as precedence,
        steps.observed_at,
        steps.record_ref
    from {{ ref('stg_github__issue_events') }} as steps
    inner join items
        on
            items.event_source = 'GITHUB'
            and steps.repository_id = items.source_repository_id
            and steps.number = items.number
    where
        steps.event in ('closed', 'reopened')
        and (items.item_kind = 'pull_request') = coalesce(steps.is_pull_request, false)

),

gitlab_steps as (

    select
        items.event_source,
        case items.item_kind when 'issue' then 'ISSUE_' else 'PULL_REQUEST_' end || upper(steps.action_name) as event_type,
        {{ moment_key('items.item_id', 'steps.created_at') }} as event_key,
        steps.created_at as time,
        items.to_artifact_id,
        items.item_kind,
        items.number,
        items.item_id,
        steps.author_id as account_id,
        projects.host_prefix || steps.author_login as login,
        false as is_merge,
        1 as precedence,
        steps.observed_at,
        steps.record_ref
    from {{ ref('stg_gitlab__events') }} as steps
    inner join projects
        on steps.project_id = projects.project_id
    inner join items
        on
            items.event_source <> 'GITHUB'
            and steps.project_id = items.source_repository_id
            and steps.target_id = items.item_id
            and items.item_kind = case steps.target_type when 'MergeRequest' then 'pull_request' else 'issue' end
    where
        steps.action_name in ('closed', 'reopened')
        and steps.target_type in ('Issue', 'WorkItem', 'MergeRequest')

),

last_steps as (

    select
        event_source,
        item_kind,
        item_id,
        max(case when event_type in ('ISSUE_CLOSED', 'PULL_REQUEST_CLOSED') then time end) as closed_at,
        max(case when event_type in ('ISSUE_REOPENED', 'PULL_REQUEST_REOPENED') then time end) as reopened_at
    from (
        select * from github_steps
        union all
        select * from gitlab_steps
    ) as steps
    group by
        event_source,
        item_kind,
        item_id

),

-- An item tells of its last closing alone, and not always by whom: it is heard where no step tells of that closing.
last_closed as (

    select
        items.event_source,
        case items.item_kind when 'issue' then 'ISSUE_CLOSED' else 'PULL_REQUEST_CLOSED' end as event_type,
        {{ moment_key('items.item_id', 'items.closed_at') }} as event_key,
        items.closed_at as time,
        items.to_artifact_id,
        items.item_kind,
        items.number,
        items.item_id,
        items.ended_by_id as account_id,
        items.ended_by_login as login,
        items.merged_at is not null as is_merge,
        2 as precedence,
        items.observed_at,
        items.record_ref
    from items
    left join last_steps
        on
            items.event_source = last_steps.event_source
            and items.item_kind = last_steps.item_kind
            and items.item_id = last_steps.item_id
    where
        items.closed_at is not null
        and (
            last_steps.closed_at is null
            or last_steps.closed_at < last_steps.reopened_at
        )

),

github_reviews as (

    select
        'GITHUB' as event_source,
        'PULL_REQUEST_REVIEW' as event_type,
        cast(reviews.id as varchar) as event_key,
        reviews.submitted_at as time,
        repositories.artifact_id as to_artifact_id,
        'pull_request' as item_kind,
        reviews.number,
        cast(null as bigint) as item_id,
        reviews.author_id as account_id,
        lower(reviews.author_login) as login,
        false as is_merge,
        1 as precedence,
        reviews.observed_at,
        reviews.record_ref
    from {{ ref('stg_github__reviews') }} as reviews
    inner join repositories
        on reviews.repository_id = repositories.repository_id
    where reviews.submitted_at is not null

),

github_comments as (

    select
        'GITHUB' as event_source,
        case
            when comments.kind = 'review' then 'PULL_REQUEST_REVIEW_COMMENT'
            else 'ISSUE_COMMENT'
        end as event_type,
        cast(comments.id as varchar) as event_key,
        comments.created_at as time,
        repositories.artifact_id as to_artifact_id,
        case
            when comments.kind = 'review' or comments.is_pull_request then 'pull_request'
            else 'issue'
        end as item_kind,
        comments.number,
        cast(null as bigint) as item_id,
        comments.author_id as account_id,
        lower(comments.author_login) as login,
        false as is_merge,
        1 as precedence,
        comments.observed_at,
        comments.record_ref
    from {{ ref('stg_github__comments') }} as comments
    inner join repositories
        on comments.repository_id = repositories.repository_id
    where comments.kind in ('issue', 'review')

),

gitlab_words as (

    select
        projects.artifact_source as event_source,
        case
            when words.action_name = 'approved' then 'PULL_REQUEST_REVIEW'
            when words.note_type = 'DiffNote' and words.noteable_type = 'MergeRequest' then 'PULL_REQUEST_REVIEW_COMMENT'
            else 'ISSUE_COMMENT'
        end as event_type,
        cast(coalesce(words.note_id, words.event_id) as varchar) as event_key,
        words.created_at as time,
        projects.artifact_id as to_artifact_id,
        case
            when coalesce(words.noteable_type, words.target_type) = 'MergeRequest' then 'pull_request'
            else 'issue'
        end as item_kind,
        coalesce(words.noteable_iid, words.target_iid) as number,
        coalesce(words.noteable_id, words.target_id) as item_id,
        words.author_id as account_id,
        projects.host_prefix || words.author_login as login,
        false as is_merge,
        1 as precedence,
        words.observed_at,
        words.record_ref
    from {{ ref('stg_gitlab__events') }} as words
    inner join projects
        on words.project_id = projects.project_id
    where
        (
            words.action_name = 'approved'
            and words.target_type = 'MergeRequest'
        )
        or (
            words.action_name like 'commented%'
            and words.noteable_type in ('Issue', 'WorkItem', 'MergeRequest')
            and not words.is_system_note
        )

),

releases as (

    select
        'GITHUB' as event_source,
        'RELEASE_PUBLISHED' as event_type,
        cast(releases.id as varchar) as event_key,
        coalesce(releases.published_at, releases.created_at) as time,
        repositories.artifact_id as to_artifact_id,
        'release' as item_kind,
        cast(null as bigint) as number,
        releases.id as item_id,
        releases.author_id as account_id,
        lower(releases.author_login) as login,
        false as is_merge,
        1 as precedence,
        releases.observed_at,
        releases.record_ref
    from {{ ref('stg_github__releases') }} as releases
    inner join repositories
        on releases.repository_id = repositories.repository_id
    where not coalesce(releases.is_draft, false)
    union all
    select
        projects.artifact_source as event_source,
        'RELEASE_PUBLISHED' as event_type,
        cast(projects.project_id as varchar) || ':' || releases.tag_name as event_key,
        coalesce(releases.released_at, releases.created_at) as time,
        projects.artifact_id as to_artifact_id,
        'release' as item_kind,
        cast(null as bigint) as number,
        cast(null as bigint) as item_id,
        releases.author_id as account_id,
        projects.host_prefix || releases.author_login as login,
        false as is_merge,
        1 as precedence,
        releases.observed_at,
        releases.record_ref
    from {{ ref('stg_gitlab__releases') }} as releases
    inner join projects
        on releases.requested_path = projects.requested_path
    where not releases.is_upcoming

),

-- Listings that were dropped as files tell the same of repositories that no API was asked about.
listed_versions as (

    select
        versions.artifact_source as event_source,
        aliases.artifact_id as to_artifact_id,
        versions.item_kind,
        versions.number,
        versions.item_id,
        versions.author_login,
        versions.created_at,
        versions.closed_at,
        versions.merged_at,
        versions.observed_at,
        versions.record_ref
    from {{ ref('int_issue_versions') }} as versions
    inner join {{ ref('int_repository_aliases') }} as aliases
        on
            versions.artifact_source = aliases.artifact_source
            and versions.artifact_namespace = aliases.alias_namespace
            and versions.artifact_name = aliases.alias_name
    inner join {{ ref('int_artifacts') }} as artifacts
        on aliases.artifact_id = artifacts.artifact_id
    where
        versions.is_from_complete_listing
        and versions.item_id is not null

),

listed as (

    select
        event_source,
        case item_kind when 'issue' then 'ISSUE_OPENED' else 'PULL_REQUEST_OPENED' end as event_type,
        cast(item_id as varchar) as event_key,
        created_at as time,
        to_artifact_id,
        item_kind,
        number,
        item_id,
        cast(null as bigint) as account_id,
        author_login as login,
        false as is_merge,
        3 as precedence,
        observed_at,
        record_ref
    from listed_versions
    where created_at is not null
    union all
    select
        event_source,
        case item_kind when 'issue' then 'ISSUE_CLOSED' else 'PULL_REQUEST_CLOSED' end as event_type,
        {{ moment_key('item_id', 'coalesce(closed_at, merged_at)') }} as event_key,
        coalesce(closed_at, merged_at) as time,
        to_artifact_id,
        item_kind,
        number,
        item_id,
        cast(null as bigint) as account_id,
        cast(null as varchar) as login,
        merged_at is not null as is_merge,
        3 as precedence,
        observed_at,
        record_ref
    from listed_versions
    where coalesce(closed_at, merged_at) is not null
    union all
    select
        event_source,
        'PULL_REQUEST_MERGED' as event_type,
        cast(item_id as varchar) as event_key,
        merged_at as time,
        to_artifact_id,
        item_kind,
        number,
        item_id,
        cast(null as bigint) as account_id,
        author_login as login,
        true as is_merge,
        3 as precedence,
        observed_at,
        record_ref
    from listed_versions
    where merged_at is not null
    union all
    select
        changes.artifact_source as event_source,
        case changes.item_kind when 'issue' then 'ISSUE_REOPENED' else 'PULL_REQUEST_REOPENED' end as event_type,
        {{ moment_key('changes.item_id', 'changes.updated_at') }} as event_key,
        changes.updated_at as time,
        listed_versions.to_artifact_id,
        changes.item_kind,
        changes.number,
        changes.item_id,
        cast(null as bigint) as account_id,
        cast(null as varchar) as login,
        false as is_merge,
        3 as precedence,
        listed_versions.observed_at,
        listed_versions.record_ref
    from {{ ref('int_issue_changes') }} as changes
    inner join listed_versions
        on
            changes.artifact_source = listed_versions.event_source
            and changes.item_id = listed_versions.item_id
            and changes.item_kind = listed_versions.item_kind
            and changes.changed_at = listed_versions.observed_at
    where
        changes.is_reopened
        and changes.is_from_complete_listing

),

-- Where the API was asked about a repository, listings have nothing to add.
listed_alone as (

    select listed.*
    from listed
    left join (
        select distinct
            event_source,
            to_artifact_id
        from items
    ) as asked
        on
            listed.event_source = asked.event_source
            and listed.to_artifact_id = asked.to_artifact_id
    where asked.to_artifact_id is null

),

unioned as (

    select * from opened
    union all
    select * from merged
    union all
    select * from last_closed
    union all
    select * from github_steps
    union all
    select * from gitlab_steps
    union all
    select * from github_reviews
    union all
    select * from github_comments
    union all
    select * from gitlab_words
    union all
    select * from releases
    union all
    select * from listed_alone

),

ranked as (

    select
        *,
        row_number() over (
            partition by event_source, event_type, event_key
            order by precedence, observed_at desc, record_ref
        ) as choice
    from unioned
    where time is not null

),

final as (

    select
        event_source,
        event_type,
        event_key,
        time,
        to_artifact_id,
        item_kind,
        number,
        item_id,
        account_id,
        login,
        is_merge,
        observed_at,
        record_ref
    from ranked
    where choice = 1

)

select * from final
