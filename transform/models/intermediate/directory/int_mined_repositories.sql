with git_repositories as (

    select * from {{ ref('stg_git__repositories') }}

),

aliases as (

    select * from {{ ref('int_repository_aliases') }}

),

repositories as (

    select * from {{ ref('int_repositories') }}

),

final as (

    select
        git_repositories.repository_url,
        git_repositories.artifact_source,
        repositories.artifact_id,
        git_repositories.default_branch,
        git_repositories.commit_count,
        git_repositories.is_empty,
        git_repositories.observed_at
    from git_repositories
    inner join aliases
        on
            git_repositories.artifact_source = aliases.artifact_source
            and git_repositories.artifact_namespace = aliases.alias_namespace
            and git_repositories.artifact_name = aliases.alias_name
    inner join repositories
        on aliases.artifact_id = repositories.artifact_id

)

select * from final
