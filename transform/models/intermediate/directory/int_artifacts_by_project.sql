with listings as (

    select * from {{ ref('stg_oss_directory__project_artifacts') }}

),

projects as (

    select * from {{ ref('int_projects') }}

),

repositories as (

    select * from {{ ref('int_repositories') }}

),

aliases as (

    select * from {{ ref('int_repository_aliases') }}

),

named_repositories as (

    select
        listings.project_name,
        repositories.artifact_id,
        cast(repositories.repository_id as varchar) as artifact_source_id,
        repositories.artifact_source,
        repositories.artifact_namespace,
        repositories.artifact_name,
        repositories.artifact_url,
        'REPOSITORY' as artifact_type
    from listings
    inner join aliases
        on
            listings.artifact_source = aliases.artifact_source
            and listings.artifact_namespace = aliases.alias_namespace
            and listings.artifact_name = aliases.alias_name
    inner join repositories
        on aliases.artifact_id = repositories.artifact_id
    where
        listings.artifact_type = 'REPOSITORY'
        and not listings.is_owner

),

owned_repositories as (

    select
        listings.project_name,
        repositories.artifact_id,
        cast(repositories.repository_id as varchar) as artifact_source_id,
        repositories.artifact_source,
        repositories.artifact_namespace,
        repositories.artifact_name,
        repositories.artifact_url,
        'REPOSITORY' as artifact_type
    from listings
    inner join repositories
        on
            listings.artifact_source = repositories.artifact_source
            and listings.artifact_namespace = repositories.artifact_namespace
    where listings.is_owner

),

-- An owner of whom no repository is known stays in sight as one artifact of which nothing is known.
unresolved_owners as (

    select
        listings.project_name,
        {{ entity_id([
            'listings.artifact_source',
            'listings.artifact_namespace',
            'listings.artifact_name'
        ]) }} as artifact_id,
        cast(null as varchar) as artifact_source_id,
        listings.artifact_source,
        listings.artifact_namespace,
        listings.artifact_name,
        listings.artifact_url,
        'OWNER' as artifact_type
    from listings
    left join repositories
        on
            listings.artifact_source = repositories.artifact_source
            and listings.artifact_namespace = repositories.artifact_namespace
    where
        listings.is_owner
        and repositories.artifact_id is null

),

other_artifacts as (

    select
        project_name,
        {{ entity_id(['artifact_source', 'artifact_namespace', 'artifact_name']) }} as artifact_id,
        artifact_source_id,
        artifact_source,
        artifact_namespace,
        artifact_name,
        artifact_url,
        artifact_type
    from listings
    where
        artifact_type <> 'REPOSITORY'
        and not is_owner

),

-- The directory has no field for GitLab: a website on it names a project, or a group and with it all its projects.
gitlab_websites as (

    select
        project_name,
        lower(trim({{ text_part('artifact_url', '/', 3) }})) as host,
        lower({{ without_trailing(text_part('artifact_url', '/-/', 1), '/') }}) || '/' as place
    from listings
    where artifact_source = 'WWW'

),

gitlab_repositories as (

    select
        gitlab_websites.project_name,
        projects.artifact_id,
        cast(projects.project_id as varchar) as artifact_source_id,
        projects.artifact_source,
        projects.artifact_namespace,
        projects.artifact_name,
        projects.artifact_url,
        'REPOSITORY' as artifact_type
    from gitlab_websites
    inner join {{ ref('int_gitlab_projects') }} as projects
        on
            lower({{ text_part('projects.artifact_url', '/', 3) }}) = gitlab_websites.host
            and {{ begins_with("lower(projects.artifact_url) || '/'", 'gitlab_websites.place') }}
    where {{ text_part('gitlab_websites.place', '/', 4) }} <> ''
    union all
    select
        listings.project_name,
        projects.artifact_id,
        cast(projects.project_id as varchar) as artifact_source_id,
        projects.artifact_source,
        projects.artifact_namespace,
        projects.artifact_name,
        projects.artifact_url,
        'REPOSITORY' as artifact_type
    from listings
    inner join {{ ref('int_gitlab_projects') }} as projects
        on
            listings.artifact_source = projects.artifact_source
            and listings.artifact_namespace = projects.artifact_namespace
            and listings.artifact_name = projects.artifact_name
    where listings.artifact_type = 'REPOSITORY'

),

-- A grant goes to a project, which needs no repository for it: the project itself is the artifact that has it.
funded_projects as (

    select
        project_name,
        artifact_id,
        cast(null as varchar) as artifact_source_id,
        artifact_source,
        artifact_namespace,
        artifact_name,
        cast(null as varchar) as artifact_url,
        artifact_type
    from {{ ref('int_funding_recipients') }}

),

-- Contracts that no file lists but that deployers and factories of the project made.
discovered_contracts as (

    select
        project_name,
        artifact_id,
        contract_address as artifact_source_id,
        network as artifact_source,
        '' as artifact_namespace,
        contract_address as artifact_name,
        contract_address as artifact_url,
        'CONTRACT' as artifact_type
    from {{ ref('int_contracts') }}
    where basis <> 'directory'

),

unioned as (

    select * from named_repositories
    union all
    select * from owned_repositories
    union all
    select * from unresolved_owners
    union all
    select * from other_artifacts
    union all
    select * from gitlab_repositories
    union all
    select * from funded_projects
    union all
    select * from discovered_contracts

),

-- An address may carry several tags and a repository may be listed by name and by owner: one row is kept.
ranked as (

    select
        *,
        row_number() over (
            partition by project_name, artifact_id
            order by artifact_type, artifact_source_id nulls last, artifact_url
        ) as choice
    from unioned

),

final as (

    select
        ranked.artifact_id,
        ranked.artifact_source_id,
        ranked.artifact_source,
        ranked.artifact_namespace,
        ranked.artifact_name,
        ranked.artifact_url,
        ranked.artifact_type,
        projects.project_id,
        projects.project_source,
        projects.project_namespace,
        projects.project_name
    from ranked
    inner join projects
        on ranked.project_name = projects.project_name
    where ranked.choice = 1

)

select * from final
