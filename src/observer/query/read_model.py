"""The door to the releases: connections, the pointer, and pinning a request to one release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from observer.model.release import Release
from observer.query.answers import ReleaseEntry
from observer.query.reader import ReleaseReader


class ReadModel:
    """Reads releases from PostgreSQL through a small pool of read-only connections.

    Everything is synchronous: call it from a thread (Starlette's thread pool), one `pinned` per request.
    """

    def __init__(self, postgres_url: str, releases_dir: Path, *, pool_size: int = 8) -> None:
        """`postgres_url` is the reader's; no connection is made before the first question."""
        self.releases_dir = releases_dir

    @contextmanager
    def pinned(self, number: int | None = None) -> Iterator[ReleaseReader]:
        """One release in one REPEATABLE READ snapshot: the current one, or the numbered one.

        ServingError where nothing is published yet, NotFoundError where the number is not kept.
        """
        raise NotImplementedError

    def current_release(self) -> Release:
        """The release that the pointer names; ServingError where nothing is published yet."""
        raise NotImplementedError

    def releases(self) -> tuple[ReleaseEntry, ...]:
        """The releases that can be read, newest first."""
        raise NotImplementedError

    def release(self, number: int) -> Release:
        """One release by number; NotFoundError where it is not kept."""
        raise NotImplementedError

    def catalog(self, number: int | None = None) -> Path:
        """The frozen DuckLake catalogue of a release; its Parquet files lie beside it."""
        raise NotImplementedError

    def file(self, number: int, table: str) -> Path:
        """The Parquet file of one table of a release, for download."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes the connections."""
        raise NotImplementedError
