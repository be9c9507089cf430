with commits as (

    select * from {{ ref('stg_git__commits') }}

),

places as (

    select
        mined.repository_url,
        mined.artifact_id,
        repository_order.depth,
        -- The same repository may be mined from two places; the address settles which copy is read.
        row_number() over (
            order by repository_order.attribution_order, mined.repository_url
        ) as place_order
    from {{ ref('int_mined_repositories') }} as mined
    inner join {{ ref('int_repository_order') }} as repository_order
        on mined.artifact_id = repository_order.artifact_id

),

listed as (

    select artifact_id
    from {{ ref('int_artifacts') }}

),

-- What was there before a fork came to be is its upstream's, even where the upstream itself cannot be read.
unread_upstreams as (

    select
        relations.artifact_id,
        relations.related_artifact_id,
        relations.since_at,
        row_number() over (
            partition by relations.artifact_id
            order by relations.since_at, relations.related_artifact_id
        ) as choice
    from {{ ref('int_relations') }} as relations
    left join places
        on relations.related_artifact_id = places.artifact_id
    where
        relations.role = 'fork'
        and relations.since_at is not null
        and places.artifact_id is null

),

claims as (

    select
        commits.commit_id,
        commits.repository_url,
        commits.committed_at,
        case
            when commits.committed_at < unread_upstreams.since_at then unread_upstreams.related_artifact_id
            else places.artifact_id
        end as artifact_id,
        commits.committed_at < unread_upstreams.since_at as is_inherited,
        -- Whoever descends from nobody comes first, then the upstream that cannot be read, then its descendants.
        row_number() over (
            partition by commits.commit_id
            order by
                case
                    when places.depth = 0 then 0
                    when commits.committed_at < unread_upstreams.since_at then 1
                    else 2
                end,
                places.place_order
        ) as choice
    from commits
    inner join places
        on commits.repository_url = places.repository_url
    left join listed
        on places.artifact_id = listed.artifact_id
    left join unread_upstreams
        on
            places.artifact_id = unread_upstreams.artifact_id
            and unread_upstreams.choice = 1
    -- An upstream that nobody listed takes what it has on any branch: none of that is a fork's own work.
    where
        commits.is_on_default_branch
        or listed.artifact_id is null

),

final as (

    select
        commit_id,
        artifact_id,
        repository_url,
        committed_at,
        coalesce(is_inherited, false) as is_inherited
    from claims
    where choice = 1

)

select * from final
