"""SQL of the serving tables, over the published tables as views of one DuckDB engine."""

from __future__ import annotations

from observer.model.published import Table
from observer.model.serving import ENTITY_COVERAGE, EVENT_COVERAGE, EVENT_MONTHS, SEARCH_NAMES, SEARCH_TRIGRAMS

# Sources are alternatives: of a day of an artifact counts what the source that saw most of it saw. Neighbouring
# runs that saw the same share are first joined, then the shares are summed over the artifacts of each entity by
# walking the days on which something changes. A repository that no source looked at counts as not seen; other
# artifacts count where a source looks at them.
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
shares as (
    select artifact_id, event_source, event_type, start_date, end_date, case
        when coalesce(expected_count, 0) = 0 then case when state = 'unknown' then 0.0 else 1.0 end
        when coalesce(seen_count, 0) >= expected_count then 1.0
        else coalesce(seen_count, 0) / expected_count
    end as share
    from coverage
),
numbered as (
    select *, sum(case when share = previous_share and start_date = previous_end + 1 then 0 else 1 end) over (
        partition by artifact_id, event_source, event_type order by start_date rows unbounded preceding
    ) as run
    from (
        select *, lag(share) over runs as previous_share, lag(end_date) over runs as previous_end
        from shares
        window runs as (partition by artifact_id, event_source, event_type order by start_date)
    )
),
source_runs as (
    select artifact_id, event_source, event_type, min(start_date) as start_date, max(end_date) as end_date, share
    from numbered
    where share > 0
    group by artifact_id, event_source, event_type, run, share
),
contested as (
    select artifact_id, event_type from source_runs
    group by artifact_id, event_type having count(distinct event_source) > 1
),
edges as (
    select artifact_id, event_type, start_date as day
    from source_runs semi join contested using (artifact_id, event_type)
    union
    select artifact_id, event_type, end_date + 1
    from source_runs semi join contested using (artifact_id, event_type)
),
pieces as (
    select artifact_id, event_type, day as start_date, cast(lead(day) over (
        partition by artifact_id, event_type order by day
    ) - 1 as date) as end_date
    from edges
),
runs as (
    select artifact_id, event_type, start_date, end_date, share
    from source_runs anti join contested using (artifact_id, event_type)
    union all
    select pieces.artifact_id, pieces.event_type, pieces.start_date, pieces.end_date, max(source_runs.share)
    from pieces
    inner join source_runs
        on source_runs.artifact_id = pieces.artifact_id
        and source_runs.event_type = pieces.event_type
        and source_runs.start_date <= pieces.start_date
        and source_runs.end_date >= pieces.end_date
    group by pieces.artifact_id, pieces.event_type, pieces.start_date, pieces.end_date
),
changes as (
    select
        entity_type, entity_id, event_type, day,
        sum(case when share = 1 then sign else 0 end) as covered,
        sum(case when share < 1 then sign * share else 0 end) as partial
    from (
        select entity_type, entity_id, event_type, start_date as day, share, 1 as sign
        from members inner join runs using (artifact_id)
        union all
        select entity_type, entity_id, event_type, end_date + 1, share, -1
        from members inner join runs using (artifact_id)
    )
    group by entity_type, entity_id, event_type, day
),
walked as (
    select
        entity_type, entity_id, event_type, day as start_date,
        cast(lead(day) over days - 1 as date) as end_date,
        sum(covered) over days as covered_count,
        round(sum(partial) over days, 9) as partial_sum
    from changes
    where covered <> 0 or abs(partial) > 1e-9
    window days as (partition by entity_type, entity_id, event_type order by day)
)
select
    entity_type, entity_id, event_type, start_date, end_date,
    cast(covered_count as bigint) as covered_count, cast(partial_sum as double) as partial_sum, artifact_count
from walked inner join counts using (entity_type, entity_id, event_type)
where covered_count > 0 or partial_sum > 0
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

_EVENT_MONTHS = """
select
    to_artifact_id as artifact_id, event_type, cast(date_trunc('month', time) as date) as bucket_month,
    count(*) as event_count, sum(amount) as amount, count(*) - count(amount) as unknown_count
from events
group by all
order by artifact_id, event_type, bucket_month
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
    (EVENT_MONTHS, _EVENT_MONTHS),
    (SEARCH_NAMES, _SEARCH_NAMES),
    (SEARCH_TRIGRAMS, _SEARCH_TRIGRAMS),
)
"""Serving tables with the SELECT that makes them, those that are read by others first."""
