"""Where the tables of a release come from: the warehouse's marts, and what is told of models and connectors."""

from __future__ import annotations

from collections.abc import Mapping
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
    """The marts of a warehouse; `others` are the tables by name that are no marts."""

    warehouse: Warehouse
    others: Mapping[str, pa.Table]

    def write(self, table: Table, path: Path) -> int:
        if table.name in self.others:
            rows = self.others[table.name]
            pq.write_table(rows, path, compression="zstd")
            return int(rows.num_rows)
        return self.warehouse.export(f"marts.{table.name}", path)
