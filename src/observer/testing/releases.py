"""Publishes releases from plain rows, for tests of whatever reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from observer.model.published import ColumnType, Table
from observer.model.release import Release
from observer.publishing import publish
from observer.testing.sample import Rows, sample_rows

_ARROW = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INTEGER: pa.int32(),
    ColumnType.BIGINT: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMP: pa.timestamp("us"),
}


@dataclass(frozen=True, slots=True)
class RowTables:
    """Tables from rows by table name; a table that is not named is empty, a column that is not named null."""

    rows: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)

    def write(self, table: Table, path: Path) -> int:
        rows = self.rows.get(table.name, ())
        schema = pa.schema([(column.name, _ARROW[column.type]) for column in table.columns])
        plain = [{name: _naive(value) for name, value in row.items()} for row in rows]
        pq.write_table(pa.Table.from_pylist(plain, schema=schema), path)
        return len(rows)


def publish_rows(
    postgres_url: str,
    releases_dir: Path,
    rows: Rows | None = None,
    *,
    snapshot_id: int = 1,
    keep: int = 3,
    now: datetime = datetime(2024, 4, 1, 6, 0, tzinfo=UTC),
) -> Release:
    """Publishes the rows, or the sample ones, and returns the release that is current then."""
    published = publish(
        RowTables(sample_rows() if rows is None else rows),
        postgres_url=postgres_url,
        releases_dir=releases_dir,
        clock=lambda: now,
        code_version="test",
        snapshot_id=snapshot_id,
        keep=keep,
    )
    return published.release


def _naive(value: object) -> object:
    """Timestamps of published tables are in UTC and carry no zone."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
