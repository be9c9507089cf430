"""What the directory means for connectors: its git repositories, those of its owners, and its collectives."""

from __future__ import annotations

from observer.ports import Json, Warehouse

_DIRECTORY = "oss_directory__project_artifacts"
_EVENTS = "github_archive__events"
_API = "github__repositories"
_TARGETS = "github__targets"


def repositories(warehouse: Warehouse) -> list[Json]:
    """The repositories to mine, by URL; owners are expanded by the events of the archive and the answers of the API.

    What was renamed or transferred has the name that the API gives it now, so that it is mined once.
    Each has `url`, `artifact_source`, `artifact_namespace` and `artifact_name`. None before the directory was read.
    """
    tables = _tables(warehouse)
    if _DIRECTORY not in tables:
        return []
    rows = warehouse.query(_ELSEWHERE).to_pylist()
    github = {(row["owner"], row["repository"]) for row in warehouse.query(_github_sql(tables)).to_pylist()}
    if _API in tables:
        github |= {(row["owner"], row["repository"]) for row in warehouse.query(_OWNED_BY_API).to_pylist()}
    if _TARGETS in tables:
        current = {row["target"]: (row["owner"], row["repository"]) for row in warehouse.query(_CURRENT).to_pylist()}
        github = {current.get("/".join(name), name) for name in github}
    named = [_repository(f"https://github.com/{owner}/{name}", "GITHUB", owner, name) for owner, name in sorted(github)]
    return [*named, *(_repository(row["url"], row["source"], row["owner"], row["repository"]) for row in rows)]


def collectives(warehouse: Warehouse) -> list[str]:
    """The slugs of the Open Collective accounts that the directory names; none before it was read."""
    if _DIRECTORY not in _tables(warehouse):
        return []
    return [str(row["slug"]) for row in warehouse.query(_COLLECTIVES).to_pylist()]


def _repository(url: str, source: str, namespace: str, name: str) -> Json:
    return {"url": url, "artifact_source": source, "artifact_namespace": namespace, "artifact_name": name}


def _github_sql(tables: frozenset[str]) -> str:
    return _REPOSITORIES_WITH_EVENTS if _EVENTS in tables else _REPOSITORIES


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

_OWNED_BY_API = """
select distinct lower(found.owner_login) as owner, lower(found.name) as repository
from raw.github__repositories as found
inner join raw.oss_directory__project_artifacts as listed
    on
        listed.artifact_source = 'GITHUB'
        and listed.is_owner
        and listed.artifact_namespace = lower(found.owner_login)
where found.name is not null and found.is_private is not true
"""

_CURRENT = """
select
    target,
    lower(split_part(full_name, '/', 1)) as owner,
    lower(split_part(full_name, '/', 2)) as repository
from raw.github__targets
where target_kind = 'repository' and status = 'found' and lower(full_name) <> target
"""

_REPOSITORIES = """
select distinct artifact_namespace as owner, artifact_name as repository
from raw.oss_directory__project_artifacts
where artifact_source = 'GITHUB' and not is_owner
"""

_REPOSITORIES_WITH_EVENTS = """
with names as (
    select distinct lower(repository_name) as full_name, repository_id
    from raw.github_archive__events
    where repository_name is not null
),

latest as (
    select repository_id, arg_max(lower(repository_name), created_at) as full_name
    from raw.github_archive__events
    where repository_id is not null and repository_name is not null
    group by repository_id
),

listed as (
    select artifact_namespace as owner, artifact_name as repository, is_owner
    from raw.oss_directory__project_artifacts
    where artifact_source = 'GITHUB'
),

direct as (
    select coalesce(max(latest.full_name), listed.owner || '/' || listed.repository) as full_name
    from listed
    left join names on names.full_name = listed.owner || '/' || listed.repository
    left join latest on latest.repository_id = names.repository_id
    where not listed.is_owner
    group by listed.owner, listed.repository
),

owned as (
    select latest.full_name
    from latest
    inner join listed on listed.is_owner and split_part(latest.full_name, '/', 1) = listed.owner
),

found as (
    select full_name from direct
    union
    select full_name from owned
)

select split_part(full_name, '/', 1) as owner, split_part(full_name, '/', 2) as repository
from found
"""
