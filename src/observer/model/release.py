"""A release: one published, immutable, numbered set of tables, as its manifest tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast


@dataclass(frozen=True, slots=True)
class ReleaseTable:
    """One table of a release: its Parquet file, row count, size in bytes, SHA-256 and columns as (name, type)."""

    name: str
    file: str
    rows: int
    bytes: int
    sha256: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Release:
    """What a release is made of.

    `as_of` is the last complete day that its metrics count, `snapshot_id` the warehouse version it was taken
    from, `fingerprint` the SHA-256 over its tables' contents and the code version: equal fingerprints mean
    equal answers. `created_at` is UTC. `catalog` is the file name of the frozen DuckLake catalogue.
    `views` are the names of the compatibility views that both stores hold over the tables.
    """

    number: int
    created_at: datetime
    as_of: date
    code_version: str
    snapshot_id: int
    fingerprint: str
    catalog: str
    tables: tuple[ReleaseTable, ...]
    views: tuple[str, ...] = ()

    def table(self, name: str) -> ReleaseTable:
        """The named table; KeyError if the release has none of that name."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def as_manifest(self) -> dict[str, object]:
        """The JSON form, as written to `manifest.json` and kept in `observer.releases`."""
        return {
            "release": self.number,
            "created_at": self.created_at.isoformat(),
            "as_of": self.as_of.isoformat(),
            "code_version": self.code_version,
            "snapshot_id": self.snapshot_id,
            "fingerprint": self.fingerprint,
            "catalog": self.catalog,
            "tables": [
                {
                    "name": table.name,
                    "file": table.file,
                    "rows": table.rows,
                    "bytes": table.bytes,
                    "sha256": table.sha256,
                    "columns": [{"name": name, "type": kind} for name, kind in table.columns],
                }
                for table in self.tables
            ],
            "views": list(self.views),
        }

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, object]) -> Release:
        """Reads the JSON form back; KeyError, TypeError or ValueError if it is not a manifest."""
        return cls(
            number=_integer(manifest["release"]),
            created_at=datetime.fromisoformat(_text(manifest["created_at"])),
            as_of=date.fromisoformat(_text(manifest["as_of"])),
            code_version=_text(manifest["code_version"]),
            snapshot_id=_integer(manifest["snapshot_id"]),
            fingerprint=_text(manifest["fingerprint"]),
            catalog=_text(manifest["catalog"]),
            tables=tuple(_table(entry) for entry in _list(manifest["tables"])),
            views=tuple(_text(name) for name in _list(manifest.get("views", []))),
        )


@dataclass(frozen=True, slots=True)
class Published:
    """What a call of publish did: `is_new` is False where the newest release has the same content already."""

    release: Release
    is_new: bool


def _table(entry: Mapping[str, object]) -> ReleaseTable:
    return ReleaseTable(
        name=_text(entry["name"]),
        file=_text(entry["file"]),
        rows=_integer(entry["rows"]),
        bytes=_integer(entry["bytes"]),
        sha256=_text(entry["sha256"]),
        columns=tuple((_text(column["name"]), _text(column["type"])) for column in _list(entry["columns"])),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, found {type(value).__name__}")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"expected a whole number, found {type(value).__name__}")
    return value


def _list(value: object) -> Sequence[Mapping[str, object]]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, found {type(value).__name__}")
    return cast("Sequence[Mapping[str, object]]", value)
