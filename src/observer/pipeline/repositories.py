"""What the directory means for connectors: its git repositories, those of its owners, and its collectives.

On GitHub the number is the repository and a name is what it has at a time: one number gives one address, that of its
last known name, in whatever order the sources tell of names.
"""

from __future__ import annotations

from collections.abc import Sequence

from observer.ports import Json, Warehouse

_DIRECTORY = "oss_directory__project_artifacts"
_EVENTS = "github_archive__events"
_FILES = "github_archive__files"
_MINED = "git__repositories"
_API = "github__repositories"
_API_NAMES = "github__repository_names"
_TARGETS = "github__targets"


def repositories(warehouse: Warehouse) -> list[Json]:
    """The repositories to mine, by URL; owners are expanded by the events of the archive and the answers of the API.

    A fork comes with its upstream, since nothing else tells what it inherited. Each has `url`, `artifact_source`,
    `artifact_namespace` and `artifact_name`; where they are known, also the number as `artifact_source_id` and the
    addresses under former names as `former_urls`. None before the directory was read.
    """
    tables = _tables(warehouse)
    if _DIRECTORY not in tables:
        return []
    rows = warehouse.query(_ELSEWHERE).to_pylist()
    found = warehouse.query(_github_sql(tables)).to_pylist()
    on_github = [_on_github(row["full_name"], row["id"], row["former_names"] or ()) for row in found]
    return [*on_github, *(_repository(row["url"], row["source"], row["owner"], row["repository"]) for row in rows)]


def unlisted_repositories(warehouse: Warehouse, listed: Sequence[Json]) -> list[str]:
    """The addresses of repositories that were mined and are not among the listed ones any more."""
    if _MINED not in _tables(warehouse):
        return []
    wanted = {repository["url"] for repository in listed}
    rows = warehouse.query("select repository_url as url from raw.git__repositories order by url").to_pylist()
    return [row["url"] for row in rows if row["url"] not in wanted]


def collectives(warehouse: Warehouse) -> list[str]:
    """The slugs of the Open Collective accounts that the directory names; none before it was read."""
    if _DIRECTORY not in _tables(warehouse):
        return []
    return [str(row["slug"]) for row in warehouse.query(_COLLECTIVES).to_pylist()]


def _on_github(full_name: str, number: int | None, former_names: Sequence[str]) -> Json:
    namespace, name = full_name.split("/", 1)
    known = {} if number is None else {"artifact_source_id": str(number)}
    former = {"former_urls": [_url(former) for former in former_names]} if former_names else {}
    return {**_repository(_url(full_name), "GITHUB", namespace, name), **known, **former}


def _repository(url: str, source: str, namespace: str, name: str) -> Json:
    return {"url": url, "artifact_source": source, "artifact_namespace": namespace, "artifact_name": name}


def _url(full_name: str) -> str:
    return f"https://github.com/{full_name}"


def _github_sql(tables: frozenset[str]) -> str:
    """The statement over the tables that are there."""
    events = _CURRENT_EVENTS if _FILES in tables else _ALL_EVENTS
    sightings = [_NO_SIGHTING]
    parents = [_NO_PARENT]
    if _EVENTS in tables:
        sightings.append(_ARCHIVE_SIGHTINGS.format(events=events))
        parents.append(_ARCHIVE_PARENTS.format(events=events))
    if _API in tables:
        sightings.append(_API_SIGHTINGS)
        parents.append(_API_PARENTS)
    if _API_NAMES in tables:
        sightings.append(_API_NAME_SIGHTINGS)
    if _TARGETS in tables:
        sightings.append(_TARGET_SIGHTINGS)
    return _GITHUB.format(sightings=" union all ".join(sightings), parents=" union all ".join(parents))


def _tables(warehouse: Warehouse) -> frozenset[str]:
    found = warehouse.query("select table_name from information_schema.tables where table_schema = 'raw'").to_pylist()
    return frozenset(str(row["table_name"]) for row in found)


_ELSEWHERE = """
select
    artifact_source as source,
    artifact_namespace as owner,
    artifact_name as repository,
    min(artifact_url) as url
from raw.oss_directory__project_artifacts
where artifact_type = 'REPOSITORY' and artifact_source <> 'GITHUB'
group by artifact_source, artifact_namespace, artifact_name
order by artifact_source, artifact_namespace, artifact_name
"""

_COLLECTIVES = """
select distinct artifact_name as slug
from raw.oss_directory__project_artifacts
where artifact_source = 'OPEN_COLLECTIVE'
order by slug
"""

_ALL_EVENTS = "raw.github_archive__events"

# Rows of an earlier content of a file are no longer part of the archive.
_CURRENT_EVENTS = """(
    select events.*
    from raw.github_archive__events as events
    left join raw.github_archive__files as files on events.file_name = files.file_name
    where coalesce(events.file_sha256 = files.loaded_sha256, true)
)"""

# `asked_at`: the forge answers to a former name too, which makes it no name of today.
_NO_SIGHTING = """
select null::bigint as id, '' as full_name, null::timestamp as seen_at, null::timestamp as asked_at where false
"""

_ARCHIVE_SIGHTINGS = """
select repository_id, lower(repository_name), max(created_at), null from {events} group by all
union all
select forkee_id, lower(forkee_name), max(created_at), null from {events} group by all
"""

_API_SIGHTINGS = """
select id, lower(full_name), observed_at, null from raw.github__repositories where is_private is not true
union all
select id, lower(requested_full_name), null, observed_at
from raw.github__repositories
where lower(requested_full_name) <> lower(full_name) and is_private is not true
"""

_API_NAME_SIGHTINGS = "select id, lower(full_name), last_observed_at, null from raw.github__repository_names"

_TARGET_SIGHTINGS = """
select id, target, null, observed_at
from raw.github__targets
where target_kind = 'repository' and status = 'found' and lower(full_name) <> target
"""

_NO_PARENT = "select null::bigint as id, '' as full_name, null::bigint as parent_id, '' as parent_name where false"

_ARCHIVE_PARENTS = """
select forkee_id, lower(forkee_name), repository_id, lower(repository_name)
from {events}
where type = 'ForkEvent' and forkee_name <> '' and repository_name <> ''
"""

_API_PARENTS = """
select id, lower(full_name), parent_id, lower(parent_full_name)
from raw.github__repositories
where is_fork and parent_full_name <> ''
"""

_GITHUB = """
with sightings as (
    {sightings}
),

names as (
    select id, full_name, max(seen_at) as seen_at, max(coalesce(seen_at, asked_at)) as held_at
    from sightings
    where id is not null and coalesce(seen_at, asked_at) is not null and full_name like '%_/_%'
    group by id, full_name
),

-- The last name of a number, and the last holder of a name.
ranked as (
    select
        id,
        full_name,
        row_number() over (partition by id order by seen_at desc nulls last, full_name desc) = 1 as is_last_name,
        row_number() over (partition by full_name order by held_at desc, id desc) = 1 as is_last_holder
    from names
),

holders as (
    select held.full_name as known_as, held.id, last.full_name
    from ranked as held
    inner join ranked as last on last.id = held.id and last.is_last_name and last.is_last_holder
    where held.is_last_holder
),

listed as (
    select artifact_namespace as owner, artifact_name as repository, is_owner
    from raw.oss_directory__project_artifacts
    where artifact_source = 'GITHUB'
),

wanted as (
    select coalesce(holders.full_name, listed.owner || '/' || listed.repository) as full_name
    from listed
    left join holders on holders.known_as = listed.owner || '/' || listed.repository
    where not listed.is_owner
    union
    select holders.full_name
    from holders
    inner join listed on listed.is_owner and split_part(holders.full_name, '/', 1) = listed.owner
),

parents as (
    {parents}
),

upstreams as (
    select coalesce(by_number.full_name, by_name.full_name, parents.parent_name) as full_name
    from parents
    left join holders as child on child.known_as = parents.full_name
    inner join wanted on wanted.full_name = coalesce(child.full_name, parents.full_name)
    left join holders as by_number on by_number.id = parents.parent_id and by_number.full_name = by_number.known_as
    left join holders as by_name on by_name.known_as = parents.parent_name
    where parents.id is null or child.id is null or parents.id = child.id
),

found as (
    select full_name from wanted
    union
    select full_name from upstreams
)

select
    found.full_name,
    max(holders.id) as id,
    list(former.full_name order by former.full_name) filter (former.full_name is not null) as former_names
from found
left join holders on holders.known_as = found.full_name and holders.full_name = found.full_name
left join ranked as former
    on former.id = holders.id and former.full_name <> found.full_name
    and former.full_name not in (select full_name from found)
group by found.full_name
order by found.full_name
"""
