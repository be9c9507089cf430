with affected as (

    select * from {{ ref('stg_deps_dev__affected') }}

),

advisories as (

    select * from {{ ref('stg_deps_dev__advisories') }}

),

final as (

    select
        {{ package_id('affected.package_source', 'affected.package_name') }} as package_artifact_id,
        affected.package_source as package_artifact_source,
        {{ package_namespace('affected.package_source', 'affected.package_name') }} as package_artifact_namespace,
        affected.package_name as package_artifact_name,
        affected.version,
        affected.advisory_id,
        advisories.title,
        advisories.advisory_url,
        advisories.aliases,
        advisories.cvss_score,
        affected.observed_at,
        affected.record_ref
    from affected
    left join advisories
        on affected.advisory_id = advisories.advisory_id

)

select * from final
