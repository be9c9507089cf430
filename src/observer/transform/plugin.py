"""Loads DuckDB's extensions from their wheels before dbt attaches the lake; named by the generated profile."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dbt.adapters.duckdb.plugins import BasePlugin

from observer.errors import ConfigError

if TYPE_CHECKING:
    import duckdb


class Plugin(BasePlugin):
    """dbt-duckdb runs `configure_connection` on a new connection, before its ATTACH statements."""

    def initialize(self, plugin_config: Mapping[str, object]) -> None:
        names = plugin_config.get("extensions")
        self._names = [str(name) for name in names] if isinstance(names, list) else []

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        for name in self._names:
            conn.load_extension(str(extension_file(name)))


def extension_file(name: str) -> Path:
    """The file of one DuckDB extension inside its wheel `duckdb_extension_<name>`. Raises ConfigError if missing."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for base in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(base).glob("extensions/*/*.duckdb_extension")):
            return path
    raise ConfigError(f"the DuckDB extension {name} is not installed", hint=f"install duckdb-extension-{name}")
