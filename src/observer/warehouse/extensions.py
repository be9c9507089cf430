"""Loads the DuckDB extensions of the lake from their wheels; nothing is fetched over the network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from observer.errors import ConfigError
from observer.warehouse.identifiers import literal

if TYPE_CHECKING:
    import duckdb

EXTENSIONS = ("ducklake", "postgres_scanner")


def load_extensions(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...] = EXTENSIONS) -> None:
    """Makes a connection able to attach the lake. Raises ConfigError if a wheel is missing."""
    for name in names:
        connection.execute("load " + literal(str(extension_path(name))))


def extension_path(name: str) -> Path:
    """The file of one extension inside its wheel `duckdb_extension_<name>`."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for base in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(base).glob("extensions/*/*.duckdb_extension")):
            return path
    raise ConfigError(f"the DuckDB extension {name} is not installed", hint=f"install duckdb-extension-{name}")
