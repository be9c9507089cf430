"""The door to the releases: connections, the pointer, and pinning a request to one release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import TracebackType

import psycopg
from psycopg import IsolationLevel, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from observer.errors import NotFoundError, QueryError, ServingError
from observer.model.release import Release
from observer.ports import Clock
from observer.query.answers import ReleaseEntry
from observer.query.reader import ReleaseReader
from observer.query.session import Session

ATTEMPTS = 3
_WAIT_SECONDS = 5.0


class ReadModel:
    """Reads releases from PostgreSQL through a small pool of read-only connections.

    Everything is synchronous: call it from a thread (Starlette's thread pool), one `pinned` per request. May be
    shared between threads, and as a context manager closes its connections at the end.
    """

    def __init__(
        self, postgres_url: str, releases_dir: Path, *, pool_size: int = 8, clock: Clock = lambda: datetime.now(UTC)
    ) -> None:
        """`postgres_url` is the reader's; no connection is made before the first question. `clock` tells ages."""
        self.releases_dir = releases_dir
        self._clock = clock
        self._pool = ConnectionPool(
            postgres_url,
            min_size=1,
            max_size=pool_size,
            timeout=_WAIT_SECONDS,
            open=False,
            configure=_configure,
            check=ConnectionPool.check_connection,
            name="observer read model",
        )
        self._opening = Lock()
        self._releases: dict[tuple[int, datetime], Release] = {}

    def __enter__(self) -> ReadModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def pinned(self, number: int | None = None) -> Iterator[ReleaseReader]:
        """One release in one REPEATABLE READ snapshot: the current one, or the numbered one.

        ServingError where nothing is published yet, NotFoundError where the number is not kept.
        """
        with self._connection() as connection:
            release = self._pin(connection, number)
            yield ReleaseReader(Session(connection, release, self._clock()))

    def current_release(self) -> Release:
        """The release that the pointer names; ServingError where nothing is published yet."""
        with self.pinned() as reader:
            return reader.release

    def releases(self) -> tuple[ReleaseEntry, ...]:
        """The releases that can be read, newest first; none before the first one."""
        with self._connection() as connection:
            try:
                rows = connection.execute(_RELEASES).fetchall()
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                return ()
        return tuple(ReleaseEntry(Release.from_manifest(manifest), current) for manifest, current in rows)

    def release(self, number: int) -> Release:
        """One release by number; NotFoundError where it is not kept."""
        with self.pinned(number) as reader:
            return reader.release

    def catalog(self, number: int | None = None) -> Path:
        """The frozen DuckLake catalogue of a release; its Parquet files lie beside it.

        Attach it with `attach 'ducklake:<path>' as release (read_only, data_path '<its folder>/',
        override_data_path true)`: it keeps the files' names, not the folder.
        """
        release = self.current_release() if number is None else self.release(number)
        return self._existing(release, release.catalog)

    def file(self, number: int, table: str) -> Path:
        """The Parquet file of one table of a release, for download."""
        release = self.release(number)
        try:
            return self._existing(release, release.table(table).file)
        except KeyError:
            raise NotFoundError(f"release {number} has no table '{table}'") from None

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        """A connection for one transaction; failures of the database become errors of ours."""
        with self._opening:
            if self._pool.closed:
                self._pool.open()
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.errors.QueryCanceled as error:
            raise QueryError("the answer took too long", hint="ask for less at a time") from error
        except psycopg.DataError as error:
            raise QueryError(f"a value cannot be used: {str(error).splitlines()[0]}") from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise ServingError("the database does not answer", hint="try again in a moment") from error

    def _pin(self, connection: psycopg.Connection, number: int | None) -> Release:
        """Begins the snapshot: reads the pointer, then holds the release's schema against removal.

        A release may be removed between the two, where few are kept; the pointer then names another one.
        """
        for _ in range(ATTEMPTS):
            release = self._pointed(connection, number)
            schema = sql.Identifier(f"release_{release.number}")
            try:
                connection.execute(sql.SQL("set local search_path to {}").format(schema))
                connection.execute(sql.SQL("select from {}.projects limit 1").format(schema))
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                connection.rollback()
                continue
            return release
        raise ServingError(f"release {release.number} has no tables", hint="publish again")

    def _pointed(self, connection: psycopg.Connection, number: int | None) -> Release:
        try:
            row = connection.execute(_NUMBERED if number else _POINTED, (number,) if number else ()).fetchone()
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            connection.rollback()
            row = None
        if row is None and number:
            raise NotFoundError(f"release {number} is not kept", hint="see the list of releases")
        if row is None:
            raise ServingError("nothing is published yet", hint="run 'observer run'")
        key = (int(row[0]), row[1])
        if key not in self._releases:
            manifest = connection.execute(_MANIFEST, (key[0],)).fetchone()
            if manifest is None:
                raise ServingError(f"release {key[0]} has no manifest", hint="publish again")
            self._releases[key] = Release.from_manifest(manifest[0])
        return self._releases[key]

    def _existing(self, release: Release, name: str) -> Path:
        path = self.releases_dir / str(release.number) / name
        if not path.exists():
            raise ServingError(f"a file of release {release.number} is missing", where=str(path), hint="publish again")
        return path


_POINTED = (
    "select release_number, published_at from observer.release_pointer inner join observer.releases "
    "using (release_number)"
)
_NUMBERED = (
    "select release_number, published_at from observer.releases where release_number = %s and removed_at is null"
)
_MANIFEST = "select manifest from observer.releases where release_number = %s"
_RELEASES = (
    "select manifest, release_number = (select release_number from observer.release_pointer) "
    "from observer.releases where removed_at is null order by release_number desc"
)


def _configure(connection: psycopg.Connection) -> None:
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    connection.autocommit = True
    # Entities differ a thousandfold in size: a plan for the average one is wrong for most.
    connection.execute("set timezone = 'UTC'; set plan_cache_mode = force_custom_plan; set jit = off")
    connection.autocommit = False
