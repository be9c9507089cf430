"""A PostgreSQL server that lives as long as a test session."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from observer.postgres import EmbeddedPostgres, PostgresUrls


@contextlib.contextmanager
def temporary_postgres() -> Iterator[PostgresUrls]:
    """Starts a server in a new folder, and stops it and removes the folder at the end.

    The folder is not one of pytest's: those are closed to the account that runs the server for root.
    """
    with tempfile.TemporaryDirectory(prefix="observer-postgres-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        try:
            yield server.start()
        finally:
            server.stop()
