"""Loads DuckDB's extensions from their wheels before dbt attaches the lake; named by the generated profile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from observer.duckdb_extensions import load_extensions

if TYPE_CHECKING:
    import duckdb


class Plugin(BasePlugin):
    """dbt-duckdb runs `configure_connection` on a new connection, before its ATTACH statements."""

    def initialize(self, plugin_config: Mapping[str, object]) -> None:
        names = plugin_config.get("extensions")
        self._names = [str(name) for name in names] if isinstance(names, list) else []

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        load_extensions(conn, *self._names)
