"""DuckDB's extensions as they come in wheels: nothing is fetched over the network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from observer.errors import ConfigError

if TYPE_CHECKING:
    import duckdb


def load_extensions(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Loads extensions into a connection. Raises ConfigError if a wheel is missing."""
    for name in names:
        connection.load_extension(str(extension_file(name)))


def extension_file(name: str) -> Path:
    """The file of one extension inside its wheel `duckdb_extension_<name>`; ConfigError if it is not installed."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(place).glob("extensions/*/*.duckdb_extension")):
            return path
    raise ConfigError(f"the DuckDB extension '{name}' is not installed", hint=f"install duckdb-extension-{name}")
