"""The packages that the directory names, as the registries' connectors take them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from observer.ports import Warehouse

# What a registry accepts as a name; anything else in the directory names no package of it.
_NAMES = {
    "npm": re.compile(r"(@[A-Za-z0-9~._-]+/)?[A-Za-z0-9~_-][A-Za-z0-9~._-]*"),
    "pypi": re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"),
    "crates": re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*"),
    "go": re.compile(r"[A-Za-z0-9][A-Za-z0-9._~/-]*"),
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
