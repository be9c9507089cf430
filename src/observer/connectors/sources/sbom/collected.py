"""Documents that another connector collected, laid out as files for the sbom source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from observer.ports import Warehouse

_TABLE = "select count(*) as n from information_schema.tables where table_schema = 'raw' and table_name = ?"
_SQL = """
    select repository_full_name, document
    from raw.github__sboms
    where document is not null
    order by repository_full_name
"""
_FULL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+")


def export_documents(warehouse: Warehouse, folder: Path) -> list[str]:
    """Writes the newest document of each repository of the github connector to `<folder>/github/<owner>/<name>.json`.

    Returns the locations for the sbom source: the folder, or none where nothing was collected. Files of repositories
    that are no longer there are removed.
    """
    if not warehouse.query(_TABLE, ["github__sboms"]).to_pylist()[0]["n"]:
        return []
    wanted: set[Path] = set()
    for row in warehouse.query(_SQL).to_pylist():
        name = str(row["repository_full_name"]).lower()
        if not _FULL_NAME.fullmatch(name) or name.endswith(("/.", "/..")):
            continue
        file = folder / "github" / f"{name}.json"
        wanted.add(file)
        content = str(row["document"])
        if not file.is_file() or file.read_text(encoding="utf-8") != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
    for file in set(folder.rglob("*.json")) - wanted:
        file.unlink()
    return [str(folder)] if wanted else []
