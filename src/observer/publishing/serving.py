"""Fills the PostgreSQL schema of one release, in one transaction: all of it is there, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from observer.errors import BuildError
from observer.model.compatibility import VIEWS, Dialect
from observer.model.crash import crash_point
from observer.model.published import ColumnType, Table
from observer.ports import Progress
from observer.postgres import READER_ROLE
from observer.publishing.derived import DERIVED
from observer.publishing.engine import identifier, literal

CHUNK = 1 << 20
INDEX_MEMORY = "192MB"
NULL_CHARACTER = "\N{SYMBOL FOR NULL}"
"""What PostgreSQL shows for a character that it cannot hold."""

# Byte order makes sorting and paging the same on every server; timestamps carry their zone, which is UTC.
_TYPES = {
    ColumnType.TEXT: 'text collate "C"',
    ColumnType.INTEGER: "integer",
    ColumnType.BIGINT: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamptz",
}


def schema_name(number: int) -> str:
    """The PostgreSQL schema of a release."""
    return f"release_{number}"


def fill(
    connection: psycopg.Connection,
    engine: duckdb.DuckDBPyConnection,
    number: int,
    tables: Sequence[Table],
    spill: Path,
    progress: Progress | None = None,
) -> None:
    """Creates and fills `release_<n>` from the views of `engine`, with indexes, statistics and the reader's rights.

    `spill` is a folder for one table at a time on its way. BuildError where PostgreSQL refuses a table.
    """
    schema = schema_name(number)
    with connection.transaction():
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        connection.execute("select set_config('maintenance_work_mem', %s, true)", (INDEX_MEMORY,))
        engine.execute(f"set pg_null_byte_replacement = {literal(NULL_CHARACTER)}")
        total = len(tables) + len(DERIVED)
        for done, table in enumerate(tables):
            _fill_table(connection, engine, schema, table, spill)
            crash_point("publish.filling")
            if progress:
                progress.advance("serving", done=done + 1, total=total)
        for done, (table, select) in enumerate(DERIVED, start=len(tables)):
            engine.execute(f"create or replace temp table {identifier(table.name)} as {select}")
            _fill_table(connection, engine, schema, table, spill)
            if progress:
                progress.advance("serving", done=done + 1, total=total)
        _create_views(connection, schema, {table.name for table in tables})
        grant(connection, schema)


def _create_views(connection: psycopg.Connection, schema: str, present: set[str]) -> None:
    """The compatibility views over the tables that are there: all of them, but in a release of an older version."""
    connection.execute("select set_config('search_path', %s, true)", (schema,))
    for view in VIEWS:
        if present.issuperset(view.tables):
            name = sql.Identifier(schema, view.relation)
            text = sql.SQL(view.statement(Dialect.POSTGRESQL))
            connection.execute(sql.SQL("create view {} as ").format(name) + text)


def grant(connection: psycopg.Connection, schema: str) -> None:
    """Lets the reader's role, where there is one, select from all tables of a schema."""
    if connection.execute("select 1 from pg_roles where rolname = %s", (READER_ROLE,)).fetchone():
        names = {"schema": sql.Identifier(schema), "role": sql.Identifier(READER_ROLE)}
        connection.execute(sql.SQL("grant usage on schema {schema} to {role}").format(**names))
        connection.execute(sql.SQL("grant select on all tables in schema {schema} to {role}").format(**names))


def drop(connection: psycopg.Connection, number: int, *, wait: str = "2s") -> bool:
    """Drops the schema of a release; False where a reader still holds it after `wait`."""
    schema = sql.Identifier(schema_name(number))
    try:
        with connection.transaction():
            connection.execute("select set_config('lock_timeout', %s, true)", (wait,))
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(schema))
    except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
        return False
    return True


def _fill_table(
    connection: psycopg.Connection, engine: duckdb.DuckDBPyConnection, schema: str, table: Table, spill: Path
) -> None:
    target = sql.Identifier(schema, table.name)
    columns = sql.SQL(", ").join(
        sql.SQL("{} " + _TYPES[column.type] + ("" if column.is_nullable else " not null")).format(
            sql.Identifier(column.name)
        )
        for column in table.columns
    )
    connection.execute(sql.SQL("create table {} ({})").format(target, columns))
    # FREEZE makes rows visible to all at once and spares a vacuum; it needs the table to be of this transaction.
    command = sql.SQL("copy {} from stdin (format binary, freeze)").format(target)
    rows = spill / f"{table.name}.copy"
    engine.execute(f"copy ({_sorted(table)}) to {literal(rows)} (format postgres_binary)")
    try:
        with rows.open("rb") as file, connection.cursor().copy(command) as copy:
            while chunk := file.read(CHUNK):
                copy.write(chunk)
        _index(connection, target, table)
    except psycopg.DataError as error:
        raise BuildError(
            f"PostgreSQL refuses a row: {str(error).splitlines()[0]}", where=f"marts.{table.name}"
        ) from error
    finally:
        rows.unlink()


def _sorted(table: Table) -> str:
    """The rows as they are stored: what is read together lies together, and the index is built without sorting."""
    names = ", ".join(identifier(column.name) for column in table.columns)
    order = ", ".join(identifier(name) for name in table.order or table.key)
    return f"select {names} from {identifier(table.name)}" + (f" order by {order}" if order else "")  # noqa: S608


def _index(connection: psycopg.Connection, target: sql.Identifier, table: Table) -> None:
    if table.lookup:
        connection.execute(sql.SQL("create index on {} ({})").format(target, _list(table.lookup)))
    elif table.key and not any(table.column(name).is_nullable for name in table.key):
        connection.execute(sql.SQL("alter table {} add primary key ({})").format(target, _list(table.key)))
    for columns in table.indexes:
        connection.execute(sql.SQL("create index on {} ({})").format(target, _list(columns)))
    connection.execute(sql.SQL("analyze {}").format(target))


def _list(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(_term(name) for name in names)


def _term(name: str) -> sql.Composable:
    if name.startswith("-"):
        return sql.SQL("{} desc nulls last").format(sql.Identifier(name[1:]))
    return sql.Identifier(name)
