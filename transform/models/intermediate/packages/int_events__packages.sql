{{ config(materialized='view') }}

with artifacts as (

    select * from {{ ref('int_artifacts') }}

),

downloads as (

    select * from {{ ref('int_package_downloads') }}

),

versions as (

    select * from {{ ref('int_package_versions') }}

),

changes as (

    select * from {{ ref('int_dependency_changes') }}

),

dependent_counts as (

    select * from {{ ref('int_dependent_counts') }}

),

dependency_counts as (

    select * from {{ ref('int_dependency_counts') }}
    where is_last_of_day

),

packages as (

    select * from {{ ref('int_packages') }}

),

download_events as (

    select
        {{ entity_id(['package_source', "'DOWNLOADS'", 'package_name', 'cast(download_date as varchar)']) }} as event_id,
        cast(download_date as timestamp) as time,
        'DOWNLOADS' as event_type,
        package_source as event_source,
        {{ package_id('package_source', 'package_name') }} as to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast(download_count as double) as amount,
        package_name || '/' || cast(download_date as varchar) as event_source_id,
        observed_at,
        record_ref
    from downloads

),

version_events as (

    select
        {{ entity_id(['package_source', "'VERSION_PUBLISHED'", 'package_name', "'@'", 'version']) }} as event_id,
        published_at as time,
        'VERSION_PUBLISHED' as event_type,
        package_source as event_source,
        {{ package_id('package_source', 'package_name') }} as to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast(1 as double) as amount,
        package_name || '@' || version as event_source_id,
        observed_at,
        record_ref
    from versions
    where
        published_at is not null
        and coalesce(file_count, 1) > 0

),

dependency_events as (

    select
        {{ entity_id(['event_source', 'event_type', 'cast(changed_at as varchar)', 'dependent_id', 'dependency_id']) }} as event_id,
        changed_at as time,
        event_type,
        event_source,
        dependency_id as to_artifact_id,
        dependent_id as from_artifact_id,
        cast(1 as double) as amount,
        {{ entity_id(['event_source', 'cast(changed_at as varchar)', 'dependency_id', 'dependent_id', 'event_type']) }} as event_source_id,
        cast(null as timestamp) as observed_at,
        record_ref
    from changes

),

count_events as (

    select
        {{ entity_id(["'DEPS_DEV'", "'DEPENDENT_COUNT'", 'package_id', 'cast(snapshot_date as varchar)']) }} as event_id,
        cast(snapshot_date as timestamp) as time,
        'DEPENDENT_COUNT' as event_type,
        'DEPS_DEV' as event_source,
        package_id as to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast(dependent_count as double) as amount,
        package_name || '/' || cast(snapshot_date as varchar) as event_source_id,
        observed_at,
        record_ref
    from dependent_counts

),

-- Where the registry does not tell when a package was first published, it is there since it was first seen.
package_events as (

    select
        {{ entity_id(['package_source', "'PACKAGE_PUBLISHED'", 'package_name']) }} as event_id,
        coalesce(first_published_at, observed_at) as time,
        'PACKAGE_PUBLISHED' as event_type,
        package_source as event_source,
        package_id as to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast(1 as double) as amount,
        package_name as event_source_id,
        observed_at,
        record_ref
    from packages
    where state not in ('unpublished', 'empty')

),

{% for event_type, column in [
    ('DEPENDENCY_COUNT', 'dependency_count'),
    ('DEVELOPMENT_DEPENDENCY_COUNT', 'development_dependency_count'),
] -%}
{{ column }}_events as (

    select
        {{ entity_id(['package_source', "'" ~ event_type ~ "'", 'package_name', "'@'", 'version']) }} as event_id,
        published_at as time,
        '{{ event_type }}' as event_type,
        package_source as event_source,
        {{ package_id('package_source', 'package_name') }} as to_artifact_id,
        cast(null as varchar) as from_artifact_id,
        cast({{ column }} as double) as amount,
        package_name || '@' || version as event_source_id,
        observed_at,
        record_ref
    from dependency_counts
    {% if event_type == 'DEVELOPMENT_DEPENDENCY_COUNT' -%}
    where package_source in {{ registries_with_development_dependencies() }}
    {% endif %}
),

{% endfor -%}
unioned as (

    select * from download_events
    union all
    select * from version_events
    union all
    select * from dependency_events
    union all
    select * from count_events
    union all
    select * from package_events
    union all
    select * from dependency_count_events
    union all
    select * from development_dependency_count_events

),

final as (

    select
        unioned.event_id,
        unioned.time,
        unioned.event_type,
        unioned.event_source,
        unioned.to_artifact_id,
        unioned.from_artifact_id,
        unioned.amount,
        unioned.event_source_id,
        unioned.observed_at,
        unioned.record_ref,
        case when unioned.event_source = 'SBOM' then 'api' else 'registry' end as basis
    from unioned
    inner join artifacts
        on unioned.to_artifact_id = artifacts.artifact_id

)

select * from final
