"""The door to the releases: connections, the pointer, and pinning a request to one release."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from observer.errors import NotFoundError, ObserverError, QueryError, ServingError, TransientServingError
from observer.model.release import Release
from observer.ports import Clock
from observer.query.answers import ReleaseEntry
from observer.query.at_once import AtOnce
from observer.query.reader import ReleaseReader
from observer.query.session import BEGIN, Session, took_too_long

ATTEMPTS = 3
PATIENCE_SECONDS = 15.0
"""How long a question waits for a database that is starting again."""

POINTER_SECONDS = 0.25
"""How old the pointer may be for answers that are kept: a new release is seen that late at most."""

_WAIT_SECONDS = 5.0
A = TypeVar("A")
T = TypeVar("T")


class ReadModel:
    """Reads releases from PostgreSQL through a small pool of read-only connections.

    Everything is synchronous: call it from a thread (Starlette's thread pool), one `pinned` per request. May be
    shared between threads, and as a context manager closes its connections at the end.
    """

    def __init__(
        self,
        postgres_url: str,
        releases_dir: Path,
        *,
        pool_size: int = 8,
        clock: Clock = lambda: datetime.now(UTC),
        release: int | None = None,
    ) -> None:
        """`postgres_url` is the reader's; no connection is made before the first question. `clock` tells ages.

        `release` is the one that questions mean that name none, in place of the current one.
        """
        self.releases_dir = releases_dir
        self._release = release
        self._clock = clock
        self._pool = ConnectionPool(
            postgres_url,
            min_size=1,
            max_size=pool_size,
            timeout=_WAIT_SECONDS,
            open=False,
            configure=_configure,
            name="observer read model",
        )
        self._opening = Lock()
        self.at_once = AtOnce(postgres_url, _SETTINGS)
        """The same releases on an event loop, for questions of one statement; opened by whoever has a loop."""
        self._releases: dict[tuple[int, datetime], Release] = {}
        self._pointer: Release | None = None
        self._pointer_read = float("-inf")
        self._is_read = Lock()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="pointer")
        # More threads than connections wait for these, and for each other in Python.
        self._askers = ThreadPoolExecutor(pool_size, thread_name_prefix="asker")
        self._looks_into: WeakKeyDictionary[psycopg.Connection, int] = WeakKeyDictionary()

    def __enter__(self) -> ReadModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def pinned(self, number: int | None = None) -> Iterator[ReleaseReader]:
        """One release in one REPEATABLE READ snapshot: the current one, or the numbered one.

        ServingError where nothing is published yet, NotFoundError where the number is not kept. Waits for a
        database that is starting again; one that goes away later is a TransientServingError.
        """
        wanted = self._release if number is None else number
        with self._connection(lambda connection: self._pin(connection, wanted)) as (connection, release):
            yield ReleaseReader(Session(connection, release, self._clock()))

    async def in_thread(self, work: Callable[[A], T], given: A) -> T:
        """Does work that asks questions in a thread of its own, of which there are as many as connections."""
        return await asyncio.get_running_loop().run_in_executor(self._askers, work, given)

    def ask(self, question: Callable[[ReleaseReader], T], number: int | None = None) -> T:
        """The answer to a question about one release, asked again where the database goes away meanwhile."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self.pinned(number) as reader:
                    return question(reader)
            except TransientServingError:
                if time.monotonic() > end:
                    raise

    def ask_at_once(self, question: Callable[[ReleaseReader], T]) -> T:
        """The answer to a question of one statement about the current release, in one message to the database.

        It has no snapshot, which one statement does not need, unless the question calls `limit_time`. Where the
        pointer was not read a moment ago, or the release is being removed, this is `ask`.
        """
        release = self.known_release()
        if release is None:
            return self.ask(question)
        try:
            with self._connection(lambda connection: self._look_into(connection, release)) as (connection, _):
                return question(ReleaseReader(Session(connection, release, self._clock())))
        except TransientServingError:
            return self.ask(question)
        except ServingError as error:
            if isinstance(error.__cause__, psycopg.errors.UndefinedTable):
                return self.ask(question)
            raise

    def known_release(self) -> Release | None:
        """The current release where it is known from a moment ago, without asking the database.

        Whoever asks in the second half of that moment has the pointer read again beside: it is seldom too old then.
        """
        age = time.monotonic() - self._pointer_read
        if POINTER_SECONDS / 2 < age < POINTER_SECONDS and self._is_read.acquire(blocking=False):
            with suppress(RuntimeError):  # It was closed meanwhile.
                self._beside.submit(self._read_again)
        return self._pointer if age < POINTER_SECONDS else None

    def _read_again(self) -> None:
        try:
            with suppress(ObserverError):
                self.current_release()
        finally:
            self._is_read.release()

    def current_release(self) -> Release:
        """The release that the pointer names; ServingError where nothing is published yet."""
        with self.pinned() as reader:
            return reader.release

    def releases(self) -> tuple[ReleaseEntry, ...]:
        """The releases that can be read, newest first; none before the first one."""
        with self._connection(_releases) as (_, rows):
            pass
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
        self._beside.shutdown(cancel_futures=True)
        self._askers.shutdown(cancel_futures=True)
        self._pool.close()

    @contextmanager
    def _connection(self, begin: Callable[[psycopg.Connection], T]) -> Iterator[tuple[psycopg.Connection, T]]:
        """A connection with what `begin` read by it; failures of the database become errors of ours.

        A connection that turns out to be dead at the beginning is replaced by another one, until patience ends.
        """
        with self._opening:
            if self._pool.closed:
                self._pool.open()
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self._pool.connection() as connection:
                    try:
                        begun = begin(connection)
                    except psycopg.OperationalError as error:
                        if not connection.closed or time.monotonic() > end:
                            raise
                        raise _DeadConnectionError from error
                    yield connection, begun
                    return
            except _DeadConnectionError:
                time.sleep(0.02)
            except psycopg.errors.QueryCanceled as error:
                raise took_too_long() from error
            except psycopg.DataError as error:
                raise QueryError(f"a value cannot be used: {str(error).splitlines()[0]}") from error
            except (psycopg.OperationalError, PoolTimeout) as error:
                if isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(("53", "54")):
                    raise QueryError("the answer needs too much memory", hint="ask for less at a time") from error
                raise TransientServingError("the database does not answer", hint="try again in a moment") from error

    def _look_into(self, connection: psycopg.Connection, release: Release) -> None:
        """Makes a release's schema the one that names are looked up in outside of transactions."""
        if self._looks_into.get(connection) != release.number:
            path = sql.SQL("set search_path to {}").format(sql.Identifier(_schema(release.number)))
            connection.execute(path, prepare=False)
            self._looks_into[connection] = release.number

    def _pin(self, connection: psycopg.Connection, number: int | None) -> Release:
        """Begins the snapshot: reads the pointer, and holds the release's schema against removal.

        All is one message where the pointer has not moved since the last one. A release may be removed between
        the two, where few are kept; the pointer then names another one.
        """
        guess = self._pointer if number is None else None
        for _ in range(ATTEMPTS):
            try:
                release = self._pointed(connection, number, guess)
                if guess is None or release.number != guess.number:
                    connection.execute(_hold(release.number), prepare=False)
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                connection.rollback()
                guess = None
                continue
            if number is None:
                self._pointer, self._pointer_read = release, time.monotonic()
            return release
        raise ServingError("the release has no tables", hint="publish again")

    def _pointed(self, connection: psycopg.Connection, number: int | None, guess: Release | None) -> Release:
        """Begins a transaction and reads the pointer; with a guess, holds that release in the same message."""
        begin = sql.SQL(f"{BEGIN}; " + (_NUMBERED if number else _POINTED)).format(sql.Literal(number))
        statement = sql.SQL("; ").join((begin, _hold(guess.number))) if guess else begin
        try:
            cursor = connection.execute(statement, prepare=False)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            if guess:
                raise
            connection.rollback()
            row = None
        else:
            cursor.nextset()
            row = cursor.fetchone()
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


_SETTINGS = {
    "timezone": "UTC",
    # Entities differ a thousandfold in size: a plan for the average one is wrong for most.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "default_transaction_read_only": "on",
}

_POINTED = (
    "select release_number, published_at from observer.release_pointer inner join observer.releases "
    "using (release_number)"
)
_NUMBERED = (
    "select release_number, published_at from observer.releases where release_number = {} and removed_at is null"
)
_MANIFEST = "select manifest from observer.releases where release_number = %s"
_RELEASES = (
    "select manifest, release_number = (select release_number from observer.release_pointer) "
    "from observer.releases where removed_at is null order by release_number desc"
)


class _DeadConnectionError(Exception):
    """The server closed this connection some time ago."""


def _hold(number: int) -> sql.Composed:
    """Makes a release's schema the one that names are looked up in, and keeps it from being removed."""
    schema = sql.Identifier(_schema(number))
    return sql.SQL("set local search_path to {0}; select from {0}.projects limit 1").format(schema)


def _schema(number: int) -> str:
    return f"release_{number}"


def _releases(connection: psycopg.Connection) -> list[tuple[dict[str, object], bool]]:
    try:
        return connection.execute(_RELEASES).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return []


def _configure(connection: psycopg.Connection) -> None:
    # Every transaction is begun by hand, in one message with the pointer.
    connection.autocommit = True
    for name, value in _SETTINGS.items():
        connection.execute("select set_config(%s, %s, false)", (name, value))
