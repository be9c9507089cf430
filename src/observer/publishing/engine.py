"""A DuckDB engine for one publish: bounded, in memory, with the extensions that it needs."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from observer.errors import BuildError

MEMORY_LIMIT = "512MB"
THREADS = 2


@contextmanager
def open_engine(spill: Path, *extensions: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that spills to the folder `spill`. BuildError where an extension is not installed."""
    engine = duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": THREADS,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        for extension in extensions:
            engine.execute(f"load {literal(extension_file(extension))}")
        yield engine
    finally:
        engine.close()


def extension_file(name: str) -> str:
    """The file of a DuckDB extension, as installed by its wheel."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in sorted(Path(place).glob("extensions/*/*.duckdb_extension")):
            return str(found)
    raise BuildError(f"the DuckDB extension '{name}' is not installed", hint=f"install duckdb-extension-{name}")


def literal(text: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
