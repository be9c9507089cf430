with packages as (

    select * from {{ ref('stg_sbom__packages') }}

),

roots as (

    select
        document_id,
        max(depth) as greatest_depth
    from packages
    group by document_id

),

-- A document that leads from its root to nothing lists packages without telling which of them are direct.
final as (

    select
        packages.document_id,
        {{ package_id('packages.package_source', 'packages.package_name') }} as package_id,
        packages.package_source,
        packages.package_name,
        min(packages.package_version) as package_version,
        count(distinct packages.purl) as purl_count,
        min(packages.depth) as depth,
        case when min(roots.greatest_depth) > 0 then coalesce(min(packages.depth) = 1, false) end as is_direct,
        min(packages.record_ref) as record_ref
    from packages
    inner join roots
        on packages.document_id = roots.document_id
    where
        packages.package_name is not null
        and coalesce(packages.depth, 1) > 0
    group by
        packages.document_id,
        packages.package_source,
        packages.package_name

)

select * from final
