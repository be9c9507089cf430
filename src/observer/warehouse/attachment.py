"""How a DuckDB connection reaches the lake: catalogue in PostgreSQL, rows in Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from observer.duckdb_extensions import load_extensions
from observer.warehouse.identifiers import literal, quoted

if TYPE_CHECKING:
    import duckdb

ALIAS = "lake"
EXTENSIONS = ("ducklake", "postgres_scanner")


@dataclass(frozen=True, slots=True)
class Attachment:
    """The facts with which any process attaches the lake, dbt among them.

    `path` and `options` are the two halves of ATTACH: `attach '<path>' as lake (<options>)`.
    """

    postgres_url: str
    data_path: Path
    metadata_schema: str = "lake"
    alias: str = ALIAS

    @property
    def path(self) -> str:
        """What is attached; it holds the password of the PostgreSQL URL if that has one."""
        return f"ducklake:postgres:{self.postgres_url}"

    @property
    def options(self) -> dict[str, str | bool]:
        """The options of ATTACH; the data folder may have been moved since the lake was made."""
        return {
            "data_path": f"{self.data_path}/",
            "override_data_path": True,
            "metadata_schema": self.metadata_schema,
        }

    def sql(self, *, read_only: bool = False) -> str:
        """The ATTACH statement."""
        options = [
            f"{name} {str(value).lower() if isinstance(value, bool) else literal(value)}"
            for name, value in self.options.items()
        ]
        if read_only:
            options.append("read_only")
        return f"attach {literal(self.path)} as {quoted(self.alias)} ({', '.join(options)})"

    def attach(self, connection: duckdb.DuckDBPyConnection, *, read_only: bool = False) -> None:
        """Loads the extensions into a connection, attaches the lake and makes it the default."""
        load_extensions(connection, *EXTENSIONS)
        connection.execute(self.sql(read_only=read_only))
        connection.execute(f"use {quoted(self.alias)}")
