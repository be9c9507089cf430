with commits as (

    select * from {{ ref('stg_git__commits') }}
    where is_on_default_branch

),

places as (

    select * from {{ ref('int_mined_repositories') }}

),

homes as (

    select
        commits.commit_id,
        min(places.place_order) as place_order
    from commits
    inner join places
        on commits.repository_url = places.repository_url
    group by commits.commit_id

),

final as (

    select
        commits.commit_id,
        places.artifact_id as to_artifact_id,
        places.artifact_source as event_source,
        commits.repository_url,
        commits.committed_at,
        commits.authored_at,
        commits.author_name,
        commits.email_domain,
        commits.email_hash,
        commits.parent_count,
        commits.observed_at,
        commits.record_ref
    from commits
    inner join places
        on commits.repository_url = places.repository_url
    inner join homes
        on
            commits.commit_id = homes.commit_id
            and places.place_order = homes.place_order

)

select * from final
