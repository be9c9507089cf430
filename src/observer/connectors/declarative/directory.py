"""The packages, protocols, accounts and GitLab projects that the directory names, as the connectors take them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from observer.ports import Json, Warehouse

# What a registry accepts as a name; anything else in the directory names no package of it.
_NAMES = {
    "npm": re.compile(r"(@[A-Za-z0-9~._-]+/)?[A-Za-z0-9~_-][A-Za-z0-9~._-]*"),
    "pypi": re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"),
    "crates": re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*"),
    "go": re.compile(r"[A-Za-z0-9][A-Za-z0-9._~/-]*"),
    "defillama": re.compile(r"[a-z0-9][a-z0-9._-]*"),
    "farcaster": re.compile(r"[a-z0-9][a-z0-9._-]*"),
}

# deps.dev's words for the registries.
_SYSTEMS = {"npm": "npm", "pypi": "pypi", "crates": "cargo", "go": "go"}

_TABLE = "select count(*) as n from information_schema.tables where table_schema = 'raw' and table_name = ?"
_SQL = """
    select distinct artifact_name
    from raw.oss_directory__project_artifacts
    where artifact_source = ?
    order by artifact_name
"""


def packages_of_directory(warehouse: Warehouse, registry: str) -> list[str]:
    """The names of a registry's packages in the directory, in lower case: none before the directory was read.

    `deps-dev` stands for all registries that it knows, with names as `<system>/<name>`.
    """
    if registry == "deps-dev":
        return [
            f"{system}/{name}" for one, system in _SYSTEMS.items() for name in packages_of_directory(warehouse, one)
        ]
    if not warehouse.query(_TABLE, ["oss_directory__project_artifacts"]).to_pylist()[0]["n"]:
        return []
    names = [str(row["artifact_name"]) for row in warehouse.query(_SQL, [registry.upper()]).to_pylist()]
    return [name for name in names if _NAMES[registry].fullmatch(name) and ".." not in name]


_PROJECT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
_PLACES = """
    select distinct artifact_url
    from raw.oss_directory__project_artifacts
    where (artifact_type = 'REPOSITORY' and artifact_source <> 'GITHUB') or artifact_source = 'WWW'
    order by artifact_url
"""


def gitlab_projects(warehouse: Warehouse, config: Json) -> list[str]:
    """The whole paths of the projects to read from a GitLab: those of the config, then those of the directory.

    The directory names projects as repositories or websites on the host of the config's `api_url`. A website may be
    that of a group, which the API then does not know as a project.
    """
    listed = config.get("projects")
    found = {str(path).lower(): str(path) for path in listed} if isinstance(listed, (list, tuple)) else {}
    host = urlsplit(str(config.get("api_url") or "https://gitlab.com")).netloc.lower()
    for path in _projects_of_directory(warehouse, host):
        found.setdefault(path.lower(), path)
    return list(found.values())


def _projects_of_directory(warehouse: Warehouse, host: str) -> list[str]:
    if not warehouse.query(_TABLE, ["oss_directory__project_artifacts"]).to_pylist()[0]["n"]:
        return []
    found = []
    for row in warehouse.query(_PLACES).to_pylist():
        parts = urlsplit(str(row["artifact_url"] or ""))
        path = parts.path.split("/-/")[0].strip("/").removesuffix(".git")
        if parts.netloc.lower().removeprefix("www.") == host and _PROJECT.fullmatch(path) and ".." not in path:
            found.append(path)
    return found
