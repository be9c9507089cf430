"""A DuckDB engine for one publish: bounded, in memory, with the extensions that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from observer.duckdb_extensions import load_extensions

MEMORY_LIMIT = "512MB"
THREADS = 2


@contextmanager
def open_engine(spill: Path, *extensions: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that spills to the folder `spill`. ConfigError where an extension is not installed."""
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
        load_extensions(engine, *extensions)
        yield engine
    finally:
        engine.close()


def literal(text: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
