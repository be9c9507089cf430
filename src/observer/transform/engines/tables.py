"""Tables on their way to an engine and back, as Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from observer.transform.engines.port import Engine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from observer.model.table import Table
    from observer.ports import Warehouse

_TABLES = """
select table_name
from information_schema.tables
where table_catalog = current_database() and table_schema = 'raw'
order by table_name
"""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A raw table of the warehouse as a Parquet file: rows, and bytes as they travel."""

    name: str
    file: Path
    rows: int

    @property
    def bytes(self) -> int:
        return self.file.stat().st_size


def raw_tables(warehouse: Warehouse, folder: Path) -> Iterator[RawTable]:
    """Every raw table, one file at a time: a file is gone when the next one is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in warehouse.query(_TABLES).column(0).to_pylist():
        found, file = folder / f"{name}.lake.parquet", folder / f"{name}.parquet"
        try:
            rows = warehouse.export(f"raw.{name}", found)
            _with_instants(found, file)
            found.unlink()
            yield RawTable(name, file, rows)
        finally:
            found.unlink(missing_ok=True)
            file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class EngineTables:
    """The published tables out of an engine's marts; `others` are the tables by name that are no marts."""

    engine: Engine
    others: Mapping[str, pa.Table]

    def write(self, table: Table, path: Path) -> int:
        """Writes all rows of one published table to a Parquet file; returns the row count."""
        if table.name in self.others:
            rows = self.others[table.name]
            pq.write_table(rows, path, compression="zstd")
            return int(rows.num_rows)
        return self.engine.fetch(f"marts.{table.name}", path)


def _with_instants(source: Path, target: Path) -> None:
    """Times without a zone, which are UTC here, as instants: engines take others for local times."""
    with pq.ParquetFile(source) as file:
        schema = pa.schema([field.with_type(_instant(field.type)) for field in file.schema_arrow])
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in file.iter_batches():
                columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
                writer.write_batch(pa.record_batch(columns, schema=schema))


def _instant(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC")
    return kind
