"""The repositories and owners of GitHub that the directory names, as the github source takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from observer.connectors.sources.github.config import OWNER, REPOSITORY

if TYPE_CHECKING:
    from observer.ports import Warehouse

_TABLE = "select count(*) as n from information_schema.tables where table_schema = 'raw' and table_name = ?"
_SQL = """
    select distinct artifact_namespace as owner, artifact_name as name, is_owner
    from raw.oss_directory__project_artifacts
    where artifact_source = 'GITHUB'
    order by owner, name
"""


def targets_of_directory(warehouse: Warehouse) -> dict[str, list[str]]:
    """`repositories` as `owner/name` and `owners`, in lower case; what is no name on GitHub is left out.

    Both are empty before the directory was read.
    """
    found: dict[str, list[str]] = {"repositories": [], "owners": []}
    if not warehouse.query(_TABLE, ["oss_directory__project_artifacts"]).to_pylist()[0]["n"]:
        return found
    for row in warehouse.query(_SQL).to_pylist():
        full_name = f"{row['owner']}/{row['name']}"
        if row["is_owner"] and OWNER.fullmatch(row["owner"]):
            found["owners"].append(row["owner"])
        elif not row["is_owner"] and REPOSITORY.fullmatch(full_name) and not full_name.endswith(("/.", "/..")):
            found["repositories"].append(full_name)
    return found
