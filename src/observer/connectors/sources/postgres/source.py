"""PostgresSource: tables of any PostgreSQL, read whole or from a cursor on, in one read-only snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import IsolationLevel, sql

from observer.connectors import messages
from observer.connectors.messages import Message
from observer.connectors.sources.files.reading import configured_streams, staging_folder, stream_states
from observer.connectors.sources.postgres.config import SPEC, PostgresConfig, parse_config
from observer.connectors.sources.postgres.copying import copy_rows
from observer.connectors.sources.postgres.tables import TableInfo, describe
from observer.errors import ConfigError, SourceError, TransientSourceError

if TYPE_CHECKING:
    from observer.ports import Clock, Json

_DENIED = ("authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry", "certificate")


class PostgresSource:
    """ports.Source over tables. A stream's state holds the last value of its cursor and the types of its columns.

    Rows come by reference, as Parquet. All tables of a sync are read in one repeatable-read transaction, so that they
    fit each other.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.name = "postgres"
        self._clock = clock or (lambda: datetime.now(UTC))

    def spec(self) -> Json:
        """The ConnectorSpecification."""
        return SPEC

    def check(self, config: Json) -> None:
        """Returns if every table can be read; raises ConfigError or SourceError with the reason if not."""
        parsed = parse_config(config, self.name)
        with self._snapshot(parsed) as connection:
            for table in self._tables(connection, parsed).values():
                select = sql.SQL("select * from ({}) as rows limit 0").format(table.select(self.name, None))
                connection.execute(select)

    def discover(self, config: Json) -> Json:
        """A stream for each table."""
        parsed = parse_config(config, self.name)
        with self._snapshot(parsed) as connection:
            return {"streams": [table.airbyte() for table in self._tables(connection, parsed).values()]}

    def read(self, config: Json, catalog: Json, state: Sequence[Json]) -> Iterator[Message]:
        """The rows of the tables, as Parquet files by reference; in the order of the cursor where there is one."""
        parsed = parse_config(config, self.name)
        staging = staging_folder(config, f"[connectors.{self.name}]")
        known = stream_states(state)
        with self._snapshot(parsed) as connection:
            tables = self._tables(connection, parsed)
            for name in configured_streams(catalog):
                yield from self._rows(connection, tables[name], known.get(name, {}), staging, parsed.rows_per_file)

    def _rows(
        self, connection: psycopg.Connection, table: TableInfo, state: Mapping[str, Any], staging: Path, size: int
    ) -> Iterator[Message]:
        stream = table.config.stream
        yield from _drift(stream, state.get("columns"), table.kinds)
        last = self._last(table, state)
        now = connection.execute("select now()").fetchone()
        target = staging / f"observer-{stream}"
        cursor = last
        for part in copy_rows(connection, table.select(self.name, last), table.arrow, target, size):
            data = {"file": part.path.name, "rows": part.rows}
            yield messages.file_record(stream, part.path, data, self._clock())
            if table.cursor is not None and part.cursor is not None:
                cursor = _clamped(table, part.cursor, now[0] if now else None)
                yield messages.stream_state(stream, _state(table, cursor))
        if table.cursor is None:
            yield messages.stream_complete(stream)
        yield messages.stream_state(stream, _state(table, cursor))

    def _last(self, table: TableInfo, state: Mapping[str, Any]) -> str | None:
        """The value from which to read on, if the state is of this cursor."""
        if table.cursor is None or state.get("cursor_column") != table.cursor.name:
            return None
        value = state.get("cursor")
        return str(value) if value is not None else None

    def _tables(self, connection: psycopg.Connection, parsed: PostgresConfig) -> dict[str, TableInfo]:
        """The tables by stream. Raises one ConfigError with everything that is wrong with any of them."""
        found: dict[str, TableInfo] = {}
        wrong: list[str] = []
        for table in parsed.tables:
            try:
                found[table.stream] = describe(connection, table, f"[connectors.{self.name}]")
            except ConfigError as error:
                wrong.append(str(error))
        if wrong:
            raise ConfigError("; ".join(wrong))
        return found

    @contextmanager
    def _snapshot(self, parsed: PostgresConfig) -> Iterator[psycopg.Connection]:
        """A connection in a read-only transaction that sees one moment; its errors become errors of ours."""
        try:
            with psycopg.connect(parsed.conninfo) as connection:
                connection.isolation_level = IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                milliseconds = int(parsed.timeout_seconds * 1000)
                connection.execute(
                    "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; "
                    "set local intervalstyle = 'iso_8601'; set local bytea_output = 'hex'; "
                    f"set local extra_float_digits = 1; set local statement_timeout = {milliseconds}"
                )
                yield connection
        except psycopg.Error as error:
            raise _translated(error, f"[connectors.{self.name}]") from error


def _translated(error: psycopg.Error, where: str) -> SourceError | ConfigError:
    lines = str(error).strip().splitlines()
    what = (
        (lines[-1] if isinstance(error, psycopg.OperationalError) else lines[0])[:300] if lines else "PostgreSQL failed"
    )
    if isinstance(error, (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
        return ConfigError(what, where=where, hint="grant the user SELECT")
    if isinstance(error, psycopg.errors.QueryCanceled):
        return SourceError(what, where=where, hint="raise statement_timeout_seconds")
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        if any(word in str(error) for word in _DENIED):
            return ConfigError(what, where=where)
        return TransientSourceError(what, where=where)
    return SourceError(what, where=where)


def _clamped(table: TableInfo, cursor: str, now: datetime | None) -> str:
    """A cursor that does not run ahead of the server's clock: one wrong date must not hide every later row."""
    if table.cursor is None or "timestamp" not in table.cursor.kind or now is None:
        return cursor
    bounded = cursor if cursor != "infinity" and cursor[:4] <= f"{now.year}" else ""
    moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" + (
        "+00" if table.cursor.kind.endswith("with time zone") else ""
    )
    return min(bounded, moment) if bounded else moment


def _state(table: TableInfo, cursor: str | None) -> dict[str, object]:
    state: dict[str, object] = {"columns": table.kinds}
    return state | ({"cursor_column": table.cursor.name, "cursor": cursor} if table.cursor else {})


def _drift(stream: str, before: object, now: Mapping[str, str]) -> Iterator[Message]:
    """A warning for each column that is new, gone or of another type since the last sync."""
    if not isinstance(before, Mapping):
        return
    for name in sorted(set(before) | set(now)):
        if name not in now:
            yield messages.log("WARN", f"{stream}: the column {name} is gone")
        elif name not in before:
            yield messages.log("WARN", f"{stream}: the column {name} is new")
        elif before[name] != now[name]:
            yield messages.log("WARN", f"{stream}: the column {name} was {before[name]} and is {now[name]}")
