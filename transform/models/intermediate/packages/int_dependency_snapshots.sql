with sbom_snapshots as (

    select * from {{ ref('int_sbom_snapshots') }}

),

sbom_dependencies as (

    select * from {{ ref('int_sbom_dependencies') }}

),

graphs as (

    select * from {{ ref('stg_deps_dev__graphs') }}

),

graph_dependencies as (

    select * from {{ ref('stg_deps_dev__dependencies') }}

),

data_set as (

    select * from {{ ref('stg_deps_dev__dependency_snapshots') }}

),

-- A graph that could not be resolved says nothing, not even that there are no dependencies.
whole_graphs as (

    select
        package_source,
        package_name,
        version,
        snapshot_date
    from graphs
    where
        error is null
        and node_count > 0

),

-- The null dependency stands for the snapshot itself, so that one without any is a snapshot too.
deps_dev as (

    select
        package_source,
        package_name,
        snapshot_date,
        cast(null as varchar) as dependency_source,
        cast(null as varchar) as dependency_name,
        cast(null as varchar) as record_ref
    from whole_graphs

    union all

    select
        graph_dependencies.package_source,
        graph_dependencies.package_name,
        graph_dependencies.snapshot_date,
        graph_dependencies.dependency_source,
        graph_dependencies.dependency_name,
        graph_dependencies.record_ref
    from graph_dependencies
    inner join whole_graphs
        on
            graph_dependencies.package_source = whole_graphs.package_source
            and graph_dependencies.package_name = whole_graphs.package_name
            and graph_dependencies.version = whole_graphs.version
            and graph_dependencies.snapshot_date = whole_graphs.snapshot_date
    where graph_dependencies.is_direct

    union all

    select
        package_source,
        package_name,
        snapshot_date,
        dependency_source,
        dependency_name,
        record_ref
    from data_set
    where is_direct

),

unioned as (

    select
        'DEPS_DEV' as event_source,
        {{ package_id('package_source', 'package_name') }} as dependent_id,
        cast(snapshot_date as timestamp) as snapshot_at,
        case when dependency_name is not null then {{ package_id('dependency_source', 'dependency_name') }} end as dependency_id,
        record_ref
    from deps_dev

    union all

    select
        'SBOM' as event_source,
        artifact_id as dependent_id,
        created_at as snapshot_at,
        cast(null as varchar) as dependency_id,
        cast(null as varchar) as record_ref
    from sbom_snapshots

    union all

    select
        'SBOM' as event_source,
        sbom_snapshots.artifact_id as dependent_id,
        sbom_snapshots.created_at as snapshot_at,
        sbom_dependencies.package_id as dependency_id,
        sbom_dependencies.record_ref
    from sbom_snapshots
    inner join sbom_dependencies
        on sbom_snapshots.document_id = sbom_dependencies.document_id
    where coalesce(sbom_dependencies.is_direct, true)

),

numbered as (

    select
        *,
        dense_rank() over (partition by event_source, dependent_id order by snapshot_at) as snapshot_number
    from unioned

),

final as (

    select
        event_source,
        dependent_id,
        snapshot_number,
        snapshot_at,
        dependency_id,
        min(record_ref) as record_ref
    from numbered
    group by
        event_source,
        dependent_id,
        snapshot_number,
        snapshot_at,
        dependency_id

)

select * from final
