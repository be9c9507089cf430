"""Where the tables of a release come from: the warehouse's marts and dbt's models."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pyarrow.parquet as pq

from observer.model.published import Table
from observer.ports import Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


class TableSource(Protocol):
    """Gives the published tables, one Parquet file each."""

    def write(self, table: Table, path: Path) -> int:
        """Writes all rows of one published table to a Parquet file; returns the row count."""
        ...


@dataclass(frozen=True, slots=True)
class WarehouseTables:
    """The marts of a warehouse; `models` is the table of its models, which is not a mart."""

    warehouse: Warehouse
    models: pa.Table

    def write(self, table: Table, path: Path) -> int:
        if table.name == "models":
            pq.write_table(self.models, path, compression="zstd")
            return int(self.models.num_rows)
        return self.warehouse.export(f"marts.{table.name}", path)
