"""What a connector hands to the warehouse in one transaction: rows, files, quarantined and dropped rows, state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class WriteMode(StrEnum):
    """How rows of a stream meet those that are there already.

    APPEND_NEW keeps the row that is there and drops the new one of the same key; UPSERT replaces it;
    OVERWRITE replaces the whole table by the rows of this sync.
    """

    APPEND_NEW = "append_new"
    UPSERT = "upsert"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True)
class StreamTable:
    """Where a stream lands: `raw.<connector>__<stream>`, its Arrow schema, key and write mode.

    Connectors and streams are written in snake_case in table names (`github-archive` -> `github_archive`).
    """

    connector: str
    stream: str
    schema: pa.Schema
    primary_key: tuple[str, ...]
    mode: WriteMode

    @property
    def table(self) -> str:
        return table_name(self.connector, self.stream)


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One piece of input that was refused: stream, file, line counted from 1, reason, short excerpt."""

    stream: str
    file: str
    line: int | None
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows of one stream to remove, before those of the load come: where a text column has one of the values."""

    stream: str
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StreamLoad:
    """Rows of one stream: small batches by value, large ones as Parquet files by reference."""

    table: StreamTable
    batches: Sequence[pa.RecordBatch] = ()
    files: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """One atomic step of a sync. `state` maps a stream (or "" for global) to its JSON-like Airbyte state."""

    load_id: str
    connector: str
    observed_at: datetime
    streams: Sequence[StreamLoad] = ()
    quarantined: Sequence[Quarantined] = ()
    state: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    dropped: Sequence[Dropped] = ()


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: rows written, rows that were there already and rows dropped, by table."""

    written: Mapping[str, int]
    duplicates: Mapping[str, int]
    quarantined: int
    dropped: Mapping[str, int] = field(default_factory=dict)


def table_name(connector: str, stream: str) -> str:
    """The name below `raw` of a stream's table."""
    return f"{connector}__{stream}".replace("-", "_")
