with registry_evidence as (

    select * from {{ ref('int_package_repositories') }}

),

related_projects as (

    select * from {{ ref('stg_deps_dev__related_projects') }}

),

versions as (

    select * from {{ ref('int_package_versions') }}

),

commits as (

    select * from {{ ref('int_commits') }}

),

artifacts_by_project as (

    select * from {{ ref('int_artifacts_by_project') }}

),

aliases as (

    select * from {{ ref('int_repository_aliases') }}

),

artifacts as (

    select * from {{ ref('int_artifacts') }}

),

-- An attestation is signed where the package is built; metadata is what anybody may write into a package.
deps_dev_evidence as (

    select
        package_source,
        package_name,
        case upper({{ text_part('project_key', '.', 1) }})
            when 'GITHUB' then 'GITHUB'
            when 'GITLAB' then 'GITLAB'
            when 'BITBUCKET' then 'BITBUCKET'
        end as artifact_source,
        lower({{ text_part('project_key', '/', 2) }}) as artifact_namespace,
        lower({{ text_part('project_key', '/', 3) }}) as artifact_name,
        case
            when provenance like '%ATTESTATION' then 'attestation'
            when provenance = 'GO_ORIGIN' then 'origin of a version'
            else 'deps.dev'
        end as evidence,
        cast(case when provenance like '%ATTESTATION' or provenance = 'GO_ORIGIN' then 1.0 else 0.8 end as double) as confidence,
        record_ref
    from related_projects

),

-- The registry says from which commit a version was built, and git has that commit.
commit_evidence as (

    select distinct
        versions.package_source,
        versions.package_name,
        artifacts.artifact_source,
        artifacts.artifact_namespace,
        artifacts.artifact_name,
        'commit of a version' as evidence,
        cast(0.97 as double) as confidence,
        min(versions.record_ref) over (
            partition by versions.package_source, versions.package_name, artifacts.artifact_id
        ) as record_ref
    from versions
    inner join commits
        on versions.commit_id = commits.commit_id
    inner join artifacts
        on commits.to_artifact_id = artifacts.artifact_id

),

-- Whoever keeps the directory put both into one project.
listed_together as (

    select distinct
        packages.artifact_source as package_source,
        packages.artifact_name as package_name,
        repositories.artifact_id,
        repositories.artifact_source,
        repositories.artifact_namespace,
        repositories.artifact_name
    from artifacts_by_project as packages
    inner join artifacts_by_project as repositories
        on packages.project_name = repositories.project_name
    where
        packages.artifact_type = 'PACKAGE'
        and repositories.artifact_type = 'REPOSITORY'

),

name_evidence as (

    select
        package_source,
        package_name,
        artifact_source,
        artifact_namespace,
        artifact_name,
        'same project and name' as evidence,
        cast(0.6 as double) as confidence,
        'oss-directory:' || package_source || '/' || package_name as record_ref
    from listed_together
    where
        artifact_name = {{ regex_group('package_name', '([^/]+)$', 1) }}
        or package_name = '@' || artifact_namespace || '/' || artifact_name

),

evidence as (

    select
        package_source,
        package_name,
        artifact_source,
        artifact_namespace,
        artifact_name,
        evidence,
        confidence,
        record_ref
    from registry_evidence
    union all
    select * from deps_dev_evidence
    where artifact_source is not null
    union all
    select * from commit_evidence
    union all
    select * from name_evidence

),

resolved as (

    select
        evidence.package_source,
        evidence.package_name,
        coalesce(
            aliases.artifact_id,
            {{ entity_id(['evidence.artifact_source', 'evidence.artifact_namespace', 'evidence.artifact_name']) }}
        ) as artifact_id,
        evidence.artifact_source,
        coalesce(artifacts.artifact_namespace, evidence.artifact_namespace) as artifact_namespace,
        coalesce(artifacts.artifact_name, evidence.artifact_name) as artifact_name,
        evidence.evidence,
        evidence.confidence,
        evidence.record_ref
    from evidence
    left join aliases
        on
            evidence.artifact_source = aliases.artifact_source
            and evidence.artifact_namespace = aliases.alias_namespace
            and evidence.artifact_name = aliases.alias_name
    left join artifacts
        on aliases.artifact_id = artifacts.artifact_id

),

-- Links both ways: the registry names the repository, and the directory names both in one project.
both_ways as (

    select
        package_source,
        package_name,
        artifact_id
    from listed_together
    group by
        package_source,
        package_name,
        artifact_id

),

combined as (

    select
        resolved.package_source,
        resolved.package_name,
        resolved.artifact_id,
        resolved.artifact_source,
        min(resolved.artifact_namespace) as artifact_namespace,
        min(resolved.artifact_name) as artifact_name,
        {{ texts_joined('resolved.evidence', ', ') }} as evidence,
        count(distinct resolved.evidence) as evidence_count,
        max(resolved.confidence) as confidence,
        max(case when resolved.evidence = 'same project and name' then 0 else 1 end) = 1 as is_declared,
        {{ value_at_max('resolved.record_ref', 'resolved.confidence') }} as record_ref
    from resolved
    group by
        resolved.package_source,
        resolved.package_name,
        resolved.artifact_id,
        resolved.artifact_source

),

judged as (

    select
        combined.package_source,
        combined.package_name,
        combined.artifact_id,
        combined.artifact_source,
        combined.artifact_namespace,
        combined.artifact_name,
        case
            when both_ways.artifact_id is not null and combined.is_declared
                then combined.evidence || ', listed in one project'
            else combined.evidence
        end as evidence,
        combined.evidence_count,
        case
            when both_ways.artifact_id is not null and combined.is_declared and combined.confidence < 0.98
                then 0.98
            else combined.confidence
        end as confidence,
        combined.record_ref
    from combined
    left join both_ways
        on
            combined.package_source = both_ways.package_source
            and combined.package_name = both_ways.package_name
            and combined.artifact_id = both_ways.artifact_id

),

final as (

    select
        {{ package_id('package_source', 'package_name') }} as package_id,
        package_source,
        package_name,
        artifact_id,
        artifact_source,
        artifact_namespace,
        artifact_name,
        evidence,
        evidence_count,
        confidence,
        row_number() over (
            partition by package_source, package_name
            order by confidence desc, evidence_count desc, artifact_source, artifact_namespace, artifact_name
        ) = 1 as is_best,
        record_ref
    from judged

)

select * from final
