with homes as (

    select * from {{ ref('int_commit_homes') }}

),

commits as (

    select * from {{ ref('stg_git__commits') }}

),

places as (

    select * from {{ ref('int_mined_repositories') }}

),

final as (

    select
        commits.commit_id,
        homes.artifact_id as to_artifact_id,
        places.artifact_source as event_source,
        commits.repository_url,
        commits.committed_at,
        commits.authored_at,
        commits.author_name,
        commits.email_domain,
        commits.email_hash,
        commits.parent_count,
        commits.is_agent_assisted,
        commits.observed_at,
        commits.record_ref
    from homes
    inner join commits
        on
            homes.repository_url = commits.repository_url
            and homes.commit_id = commits.commit_id
    inner join places
        on homes.repository_url = places.repository_url

)

select * from final
