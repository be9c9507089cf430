with refs as (

    select
        *,
        replace(ref_name, 'refs/tags/', '') as tag_name
    from {{ ref('stg_git__refs') }}
    where ref_kind = 'tag'

),

commits as (

    select * from {{ ref('stg_git__commits') }}

),

places as (

    select
        mined.*,
        repository_order.attribution_order
    from {{ ref('int_mined_repositories') }} as mined
    inner join {{ ref('int_repository_order') }} as repository_order
        on mined.artifact_id = repository_order.artifact_id

),

inherited as (

    select commit_id
    from {{ ref('int_commit_homes') }}
    where is_inherited

),

published as (

    select
        to_artifact_id,
        tag_name
    from {{ ref('int_github_events') }}
    where
        archive_type = 'ReleaseEvent'
        and tag_name is not null
    union distinct
    select
        repositories.artifact_id as to_artifact_id,
        releases.tag_name
    from {{ ref('stg_github__releases') }} as releases
    inner join {{ ref('int_repositories') }} as repositories
        on
            repositories.artifact_source = 'GITHUB'
            and releases.repository_id = repositories.repository_id
    where
        releases.tag_name is not null
        and not coalesce(releases.is_draft, false)
    union distinct
    select
        projects.artifact_id as to_artifact_id,
        releases.tag_name
    from {{ ref('stg_gitlab__releases') }} as releases
    inner join {{ ref('int_gitlab_projects') }} as projects
        on releases.requested_path = projects.requested_path

),

tags as (

    select
        refs.tag_name,
        refs.commit_id,
        refs.repository_url,
        places.artifact_id as to_artifact_id,
        places.artifact_source as event_source,
        places.attribution_order,
        coalesce(refs.tagged_at, commits.committed_at) as released_at,
        refs.observed_at,
        refs.record_ref
    from refs
    inner join places
        on refs.repository_url = places.repository_url
    left join commits
        on
            refs.repository_url = commits.repository_url
            and refs.commit_id = commits.commit_id
    where
        refs.commit_id is not null
        and {{ matches('refs.tag_name', '^(.*[/@_-])?v?[0-9]+[.][0-9]+([.][0-9]+)*([._+-]?[0-9A-Za-z]+)*$') }}

),

-- Forks carry the tags of their origin along: a tag on one commit counts once.
ranked as (

    select
        *,
        row_number() over (
            partition by tag_name, commit_id
            order by attribution_order, repository_url
        ) as choice
    from tags

),

final as (

    select
        ranked.tag_name || '@' || ranked.commit_id as event_source_id,
        ranked.tag_name,
        ranked.commit_id,
        ranked.to_artifact_id,
        ranked.event_source,
        ranked.released_at,
        ranked.observed_at,
        ranked.record_ref
    from ranked
    left join published
        on
            ranked.to_artifact_id = published.to_artifact_id
            and ranked.tag_name = published.tag_name
    -- A tag on a commit that is older than the fork came along with it.
    left join inherited
        on ranked.commit_id = inherited.commit_id
    where
        ranked.choice = 1
        and published.tag_name is null
        and inherited.commit_id is null

)

select * from final
