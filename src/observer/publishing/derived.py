"""SQL of the serving tables, over the published tables as views of one DuckDB engine."""

from __future__ import annotations

from observer.model.published import Table
from observer.model.serving import ENTITY_COVERAGE, EVENT_COVERAGE, SEARCH_NAMES, SEARCH_TRIGRAMS

# Sources are alternatives: a day of an artifact is seen if one of them saw it. Runs of different sources are
# first merged, then counted over the artifacts of each entity by walking the days on which the count changes.
# A repository that no source looked at counts as not seen; other artifacts count where a source looks at them.
_ENTITY_COVERAGE = """
with members as (
    select 'artifact' as entity_type, artifact_id as entity_id, artifact_id from artifacts
    union all
    select 'project', project_id, artifact_id from artifacts_by_project
    union all
    select 'collection', collection_id, artifact_id from artifacts_by_collection
),
read_types as (
    select distinct event_type from coverage
    union
    select distinct unnest(from_json(event_types, '["VARCHAR"]')) from metrics
),
expected as (
    select artifact_id, event_type from coverage
    union
    select artifacts.artifact_id, read_types.event_type from artifacts cross join read_types
    where artifacts.artifact_type = 'REPOSITORY'
),
counts as (
    select entity_type, entity_id, event_type, count(*) as artifact_count
    from members inner join expected using (artifact_id)
    group by entity_type, entity_id, event_type
),
known as (
    select
        artifact_id, event_type, start_date, end_date,
        max(end_date) over (
            partition by artifact_id, event_type order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as seen_until
    from coverage
    where state in ('value', 'zero')
),
numbered as (
    select *, sum(case when start_date <= seen_until + 1 then 0 else 1 end) over (
        partition by artifact_id, event_type order by start_date, end_date rows unbounded preceding
    ) as run
    from known
),
runs as (
    select artifact_id, event_type, min(start_date) as start_date, max(end_date) as end_date
    from numbered
    group by artifact_id, event_type, run
),
changes as (
    select entity_type, entity_id, event_type, day, sum(change) as change
    from (
        select entity_type, entity_id, event_type, start_date as day, 1 as change
        from members inner join runs using (artifact_id)
        union all
        select entity_type, entity_id, event_type, end_date + 1, -1
        from members inner join runs using (artifact_id)
    )
    group by entity_type, entity_id, event_type, day
    having sum(change) <> 0
),
walked as (
    select
        entity_type, entity_id, event_type, day as start_date,
        cast(lead(day) over days - 1 as date) as end_date,
        sum(change) over days as covered_count
    from changes
    window days as (partition by entity_type, entity_id, event_type order by day)
)
select
    entity_type, entity_id, event_type, start_date, end_date,
    cast(covered_count as bigint) as covered_count, artifact_count
from walked inner join counts using (entity_type, entity_id, event_type)
where covered_count > 0
order by entity_id, entity_type, event_type, start_date
"""

_EVENT_COVERAGE = """
select
    event_source, event_type, count(distinct artifact_id) as artifact_count,
    min(case when state <> 'unknown' then start_date end) as covered_from,
    max(case when state <> 'unknown' then end_date end) as covered_to,
    cast(sum(case when state <> 'unknown' then end_date - start_date + 1 else 0 end) as bigint) as known_days,
    cast(sum(case when state = 'unknown' then end_date - start_date + 1 else 0 end) as bigint) as unknown_days
from coverage
group by event_source, event_type
"""

_SEARCH_NAMES = """
with names as (
    select 'project' as entity_type, project_id as entity_id, project_name as name from projects
    union
    select 'project', project_id, display_name from projects
    union
    select 'collection', collection_id, collection_name from collections
    union
    select 'collection', collection_id, display_name from collections
    union
    select 'artifact', artifact_id, case when artifact_namespace = '' then artifact_name
        else artifact_namespace || '/' || artifact_name end from artifacts
    union
    select 'artifact', artifact_id, artifact_namespace || '/' || artifact_name from artifact_names
),
keyed as (
    select *, trim(regexp_replace(lower(strip_accents(name)), '[^\\p{L}\\p{N}]+', ' ', 'g')) as search_key
    from names
    where name is not null
)
select
    cast(row_number() over (order by entity_type, entity_id, search_key) as integer) as search_id,
    entity_type, entity_id, min(name) as name, search_key, replace(search_key, ' ', '') as compact_key
from keyed
where search_key <> ''
group by entity_type, entity_id, search_key
order by search_id
"""

_SEARCH_TRIGRAMS = """
with split as (
    select search_id, list_distinct(flatten(list_transform(
        string_split(search_key, ' '),
        lambda word: list_transform(range(length(word) + 1), lambda i: substring('  ' || word || ' ', i + 1, 3))
    ))) as trigrams
    from search_names
),
pieces as (
    select unnest(trigrams) as trigram, search_id, cast(len(trigrams) as integer) as trigram_count
    from split
)
select *, cast(count(*) over (partition by trigram) as integer) as name_count
from pieces
order by trigram, search_id
"""

DERIVED: tuple[tuple[Table, str], ...] = (
    (ENTITY_COVERAGE, _ENTITY_COVERAGE),
    (EVENT_COVERAGE, _EVENT_COVERAGE),
    (SEARCH_NAMES, _SEARCH_NAMES),
    (SEARCH_TRIGRAMS, _SEARCH_TRIGRAMS),
)
"""Serving tables with the SELECT that makes them, those that are read by others first."""
