"""The published tables: rows, columns, downloads, and the first rows of each."""

from __future__ import annotations

import json
from dataclasses import dataclass

from starlette.requests import Request

from observer.errors import NotFoundError
from observer.model.release import ReleaseTable
from observer.model.table import Column, Table
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import RowQuery
from observer.web.page import Page
from observer.web.pages.common import model_names
from observer.web.parameters import release_number

_FIRST_ROWS = 10


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that can be asked; views have no file, so nobody counted their rows."""

    name: str
    description: str
    rows: int | None
    bytes: int | None
    sha256: str | None
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def is_table(self) -> bool:
        return self.rows is not None


def data(read_model: ReadModel, request: Request) -> Page:
    """All tables and views of a release, with downloads."""
    with read_model.pinned(release_number(request)) as reader:
        found = _relations(reader)
        return Page(
            reader.release,
            "data.html",
            "Data",
            "Every published table with its columns, as Parquet and CSV, and a console for SQL.",
            {"tables": [r for r in found if r.is_table], "views": [r for r in found if not r.is_table]},
            found,
            found,
        )


def table(read_model: ReadModel, request: Request) -> Page:
    """One table or view: what its columns mean, and its first rows."""
    name = request.path_params["name"]
    with read_model.pinned(release_number(request)) as reader:
        found = next((relation for relation in _relations(reader) if relation.name == name), None)
        if found is None:
            raise NotFoundError(f"there is no table '{name[:100]}'", hint="see /data")
        text, _ = reader.rows(RowQuery(name, limit=_FIRST_ROWS))
        first = json.loads(text)
        return Page(
            reader.release,
            "table.html",
            name,
            found.description,
            {"relation": found, "first": first, "has_model": name in model_names(reader)},
            {"table": found, "first_rows": first},
            found.columns,
        )


def _relations(reader: ReleaseReader) -> tuple[Relation, ...]:
    files = {entry.name: entry for entry in reader.release.tables}
    return tuple(_relation(declared, files.get(declared.name)) for declared in reader.tables())


def _relation(declared: Table, file: ReleaseTable | None) -> Relation:
    return Relation(
        declared.name,
        declared.description,
        file.rows if file else None,
        file.bytes if file else None,
        file.sha256 if file else None,
        declared.key,
        declared.columns,
    )
