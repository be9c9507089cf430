with packages as (

    select * from {{ ref('int_packages') }}

),

matches as (

    select * from {{ ref('int_package_matches') }}

),

final as (

    select
        packages.package_id as package_artifact_id,
        packages.package_source as package_artifact_source,
        packages.package_namespace as package_artifact_namespace,
        packages.package_name as package_artifact_name,
        packages.display_name,
        packages.description,
        packages.license,
        packages.homepage_url,
        packages.latest_version,
        packages.version_count,
        packages.standing_version_count,
        packages.first_published_at,
        packages.last_published_at,
        packages.state,
        matches.artifact_id as repository_artifact_id,
        matches.confidence as repository_confidence,
        packages.observed_at,
        packages.record_ref
    from packages
    left join matches
        on
            packages.package_id = matches.package_id
            and matches.is_best

)

select * from final
