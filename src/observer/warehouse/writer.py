"""The single writer of a lake: a PostgreSQL advisory lock, and a number that tells an old holder from a new one."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from observer.errors import WarehouseError

if TYPE_CHECKING:
    import psycopg

_KEY = "hashtext('observer'), hashtext(%s)"


class WriterGuard:
    """Lets one process write at a time.

    The lock belongs to a database session, so it goes with its holder. Each holder draws a higher fencing number;
    while it commits it keeps a shared lock on the row of that number, so that nobody can take over in between.
    """

    def __init__(self, postgres_url: str, schema: str) -> None:
        self._url = postgres_url
        self._schema = schema
        self._session: psycopg.Connection[tuple[object, ...]] | None = None
        self._depth = 0
        self._counting = threading.Lock()
        self.fence = 0

    @contextlib.contextmanager
    def held(self, wait_seconds: float) -> Iterator[int]:
        """Holds the lock and gives the fencing number; nested use and other threads share it.

        Raises WarehouseError naming the holder if another process does not let go within `wait_seconds`.
        """
        with self._counting:
            if self._depth == 0:
                self._acquire(wait_seconds)
            self._depth += 1
        try:
            yield self.fence
        finally:
            with self._counting:
                self._depth -= 1
                if self._depth == 0:
                    self._close()

    @contextlib.contextmanager
    def fenced(self) -> Iterator[None]:
        """Keeps everybody from taking over while the body commits. Raises WarehouseError if somebody has."""
        import psycopg

        lost = WarehouseError("this process is no longer the writer of the warehouse", hint="run it again")
        if self._session is None:
            raise lost
        try:
            with self._session.transaction():
                row = self._session.execute(f"select fence from {self._table} for share").fetchone()  # noqa: S608
                if row is None or row[0] != self.fence:
                    raise lost
                yield
        except psycopg.OperationalError as error:
            raise lost from error

    @property
    def _table(self) -> str:
        return f'"{self._schema}".observer_writer'

    def _acquire(self, wait_seconds: float) -> None:
        import psycopg

        self._close()
        try:
            session = psycopg.connect(self._url, autocommit=True, application_name="observer writer")
        except psycopg.OperationalError as error:
            raise WarehouseError("PostgreSQL does not answer", hint="see `observer doctor`") from error
        try:
            self._lock(session, wait_seconds)
            self.fence = self._draw(session)
        except BaseException:
            session.close()
            raise
        self._session = session

    def _lock(self, session: psycopg.Connection[tuple[object, ...]], wait_seconds: float) -> None:
        import psycopg

        key = (self._schema,)
        row = session.execute(f"select pg_try_advisory_lock({_KEY})", key).fetchone()
        if row is not None and row[0]:
            return
        if wait_seconds > 0:
            session.execute("select set_config('lock_timeout', %s, false)", (f"{max(1, int(wait_seconds * 1000))}ms",))
            with contextlib.suppress(psycopg.errors.LockNotAvailable):
                session.execute(f"select pg_advisory_lock({_KEY})", key)
                session.execute("set lock_timeout = 0")
                return
        raise self._busy(session)

    def _busy(self, session: psycopg.Connection[tuple[object, ...]]) -> WarehouseError:
        import psycopg

        holder = None
        with contextlib.suppress(psycopg.errors.UndefinedTable):
            holder = session.execute(f"select pid, host, since from {self._table}").fetchone()  # noqa: S608
        who = f"process {holder[0]} on {holder[1]} since {holder[2]:%Y-%m-%d %H:%M:%S} UTC" if holder else "a process"
        return WarehouseError(f"another run is writing to the warehouse: {who}", hint="wait for it or end it")

    def _draw(self, session: psycopg.Connection[tuple[object, ...]]) -> int:
        facts = (os.getpid(), socket.gethostname())
        with session.transaction():
            session.execute(f'create schema if not exists "{self._schema}"')
            session.execute(
                f"create table if not exists {self._table} "
                "(one boolean primary key default true check (one), fence bigint, pid int, host text, since timestamp)"
            )
            row = session.execute(
                f"insert into {self._table} as w (fence, pid, host, since) "  # noqa: S608
                "values (1, %s, %s, now() at time zone 'utc') on conflict (one) do update set fence = w.fence + 1, "
                "pid = excluded.pid, host = excluded.host, since = excluded.since returning fence",
                facts,
            ).fetchone()
        if row is None or not isinstance(row[0], int):
            raise WarehouseError("PostgreSQL gave no fencing number")
        return row[0]

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
