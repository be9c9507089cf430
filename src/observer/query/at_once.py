"""Prepared statements asked on the event loop: a question that needs one statement alone needs no thread."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import asyncpg
from psycopg.conninfo import conninfo_to_dict

from observer.model.release import Release
from observer.query.request import Placeholder, PreparedRows
from observer.query.session import took_too_long

CONNECTIONS = 4
CONNECT_SECONDS = 5.0
STATEMENTS = 300
"""Prepared statements that a connection keeps."""

_PARAMETER = re.compile(r"%\((\w+)\)s|%%")
_MEANS = {
    "host": "host",
    "port": "port",
    "user": "user",
    "password": "password",
    "dbname": "database",
    "sslmode": "ssl",
}
"""The parts of an address of PostgreSQL that both drivers mean alike, as libpq and as asyncpg names them."""


class AtOnce:
    """A few connections of one event loop for each limit of time, all looking into one release.

    Whatever it cannot answer, failures too, is left to `ReadModel`, which knows how to wait and what to say: an
    answer is None then. It does nothing until it is opened.
    """

    def __init__(self, postgres_url: str, settings: Mapping[str, str], *, size: int = CONNECTIONS) -> None:
        """`settings` are those of every connection."""
        self._url = postgres_url
        self._settings = settings
        self._size = size
        self._is_open = False
        self._release: Release | None = None
        self._groups: dict[float, _Connections] = {}

    def open(self) -> None:
        """From now on questions are answered, on the event loop that runs now. No connection is made yet."""
        parts = conninfo_to_dict(self._url)
        self._is_open = parts.keys() <= _MEANS.keys() and "," not in str(parts.get("host", ""))

    def close(self) -> None:
        """Closes the connections."""
        self._is_open = False
        self._look_into(None)

    async def rows(
        self, release: Release, prepared: PreparedRows, later: Mapping[str, str | int], seconds: float
    ) -> tuple[bytes, int] | None:
        """What `ReleaseReader.prepared_rows` gives of this release; None where that has to be asked.

        QueryError where it takes more than so many seconds. There are few limits: each has its own connections.
        """
        if not self._is_open:
            return None
        if self._release is not release:
            self._look_into(release)
        statement, names = positional(prepared.statement)
        values = [_value(prepared.values[name], later) for name in names]
        try:
            group = self._groups.get(seconds) or self._made(release, seconds)
            found = await group.first(statement, values)
        except asyncpg.QueryCanceledError as error:
            raise took_too_long() from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError):
            return None
        return found["rows"].encode(), found["count"]

    def _look_into(self, release: Release | None) -> None:
        """Gives up the connections of another release; what they are asked is asked again elsewhere."""
        groups, self._groups, self._release = self._groups, {}, release
        for group in groups.values():
            group.close()

    def _made(self, release: Release, seconds: float) -> _Connections:
        parts = {_MEANS[name]: value for name, value in conninfo_to_dict(self._url).items()}
        path, limit = f'"release_{release.number}"', str(max(1, round(seconds * 1000)))
        settings = {**self._settings, "search_path": path, "statement_timeout": limit}
        group = self._groups[seconds] = _Connections(self._size, **parts, server_settings=settings)
        return group


class _Connections:
    """So many connections at most, made when they are wanted. asyncpg's pool costs half as much as a question."""

    def __init__(self, size: int, **told: Any) -> None:
        self._told = told
        self._places = asyncio.Semaphore(size)
        self._all: set[asyncpg.Connection] = set()
        self._free: list[asyncpg.Connection] = []
        self._is_closed = False

    async def first(self, statement: str, values: Sequence[object]) -> asyncpg.Record:
        async with self._places:
            connection = self._free.pop() if self._free else await self._made()
            try:
                return await connection.fetchrow(statement, *values)
            except asyncpg.InternalClientError:
                # The server took its leave while the question went out, which asyncpg did not expect.
                connection.terminate()
                raise
            finally:
                if connection.is_closed():
                    self._all.discard(connection)
                else:
                    self._free.append(connection)

    async def _made(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(**self._told, timeout=CONNECT_SECONDS, statement_cache_size=STATEMENTS)
        if self._is_closed:
            connection.terminate()
            raise asyncpg.InterfaceError("closed meanwhile")
        self._all.add(connection)
        return connection

    def close(self) -> None:
        self._is_closed = True
        for connection in self._all:
            connection.terminate()


@lru_cache(maxsize=4000)
def positional(statement: str) -> tuple[str, Sequence[str]]:
    """A statement with named parameters as one with numbered ones, and the names in that order."""
    names: dict[str, int] = {}

    def numbered(found: re.Match[str]) -> str:
        name = found[1]
        return f"${names.setdefault(name, len(names) + 1)}" if name else "%"

    return _PARAMETER.sub(numbered, statement), tuple(names)


def _value(value: object, later: Mapping[str, str | int]) -> object:
    """A value as asyncpg takes it: times without a zone are in UTC."""
    if isinstance(value, Placeholder):
        return later[value.name]
    if isinstance(value, list):
        return [_value(item, later) for item in value]
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
