"""The engine of one worker: DuckDB in memory with the tables of one release, then locked.

Small tables are read into memory: from there a row is found in a quarter of the time. Others are views over files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from observer.errors import ServingError
from observer.model.published import PUBLISHED
from observer.model.release import Release
from observer.query.sql.worker.functions import MACROS
from observer.query.sql.worker.names import NamedTable, Names, hidden

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "temp_directory": "",
    "max_expression_depth": 250,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}
_DESCRIPTIONS = {table.name: table for table in PUBLISHED}
LOADED_ROWS, LOADED_VALUES = 50_000, 2_000_000
"""The most rows of a table that is held in memory, and the most values of all such tables together."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An open release: the connection, the tables that queries may name, and the text that must never be told."""

    connection: duckdb.DuckDBPyConnection
    release: Release
    names: Names
    folder: str


def open_engine(folder: Path, memory: str) -> Engine:
    """Opens the release in `folder`, and nothing but it, for reading; `memory` is DuckDB's limit, like 512MB.

    Every table of the manifest and every view of the frozen catalogue is there. ServingError where the folder holds
    no release.
    """
    release = _manifest(folder)
    connection = duckdb.connect(config={**_SETTINGS, "memory_limit": memory})
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set parquet_metadata_cache = true")
    held = held_in_memory(release)
    for table in release.tables:
        kind, path = "table" if table.name in held else "view", literal(folder / table.file)
        connection.execute(f"create {kind} {identifier(table.name)} as select * from read_parquet({path})")  # noqa: S608
    _create_views(connection, folder / release.catalog)
    tables = _tables(connection)
    for macro in MACROS:
        connection.execute(f"create macro {macro}")
    _information_schema(connection, tables)
    files = ", ".join(literal(folder / table.file) for table in release.tables)
    connection.execute(f"set allowed_paths = [{files}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return Engine(connection, release, Names(tables), str(folder))


def identifier(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """A SQL string literal."""
    return "'" + str(text).replace("'", "''") + "'"


def _manifest(folder: Path) -> Release:
    try:
        return Release.from_manifest(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServingError(f"release {folder.name} cannot be opened", hint="publish again") from error


def held_in_memory(release: Release) -> frozenset[str]:
    """The names of the tables that are read into memory: as many of the smallest as there is room for."""
    names, room = set(), LOADED_VALUES
    for table in sorted(release.tables, key=lambda table: table.rows * len(table.columns)):
        room -= table.rows * len(table.columns)
        if room >= 0 and table.rows <= LOADED_ROWS:
            names.add(table.name)
    return frozenset(names)


def _create_views(connection: duckdb.DuckDBPyConnection, catalog: Path) -> None:
    """Makes the views of the frozen catalogue here; one may name another, in any order."""
    connection.execute(f"attach {literal(catalog)} as frozen (read_only)")
    pending = connection.execute(
        "select view_name, sql, column_aliases from frozen.ducklake_view where end_snapshot is null order by view_id"
    ).fetchall()
    connection.execute("detach frozen")
    while pending:
        left = []
        for view in pending:
            name, select, aliases = view
            columns = f" {aliases}" if aliases and aliases.startswith("(") else ""
            try:
                connection.execute(f"create view {identifier(name)}{columns} as {select}")
            except duckdb.CatalogException:
                left.append(view)
        if len(left) == len(pending):
            raise ServingError(f"view '{left[0][0]}' of the release cannot be opened", hint="publish again")
        pending = left


def _tables(connection: duckdb.DuckDBPyConnection) -> tuple[NamedTable, ...]:
    columns: dict[str, list[tuple[str, str, str | None]]] = {}
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where not internal "
        "order by table_name, column_index"
    ).fetchall()
    for table, column, kind in rows:
        columns.setdefault(table, []).append((column, kind, _description(table, column)))
    return tuple(
        NamedTable(name, tuple(found), _DESCRIPTIONS[name].description if name in _DESCRIPTIONS else None)
        for name, found in columns.items()
    )


def _description(table: str, column: str) -> str | None:
    declared = _DESCRIPTIONS.get(table)
    return next((c.description for c in declared.columns if c.name == column), None) if declared else None


def _information_schema(connection: duckdb.DuckDBPyConnection, tables: tuple[NamedTable, ...]) -> None:
    head = "table_catalog varchar, table_schema varchar, table_name varchar"
    connection.execute(
        f"create table {identifier(hidden('schemata'))} as select 'iceberg' as catalog_name, 'oso' as schema_name"
    )
    connection.execute(f"create table {identifier(hidden('tables'))} ({head}, table_type varchar)")
    connection.execute(
        f"create table {identifier(hidden('columns'))} ({head}, column_name varchar, ordinal_position bigint,"
        " column_default varchar, is_nullable varchar, data_type varchar, comment varchar)"
    )
    rows = [
        (table.name, name, position, trino_type(kind), description)
        for table in tables
        for position, (name, kind, description) in enumerate(table.columns, start=1)
    ]
    _insert(connection, "tables", "select 'iceberg', 'oso', unnest(?), 'BASE TABLE'", [[t.name for t in tables]])
    _insert(
        connection,
        "columns",
        "select 'iceberg', 'oso', unnest(?), unnest(?), unnest(?), null, 'YES', unnest(?), unnest(?)",
        [list(column) for column in zip(*rows, strict=True)],
    )


def _insert(connection: duckdb.DuckDBPyConnection, view: str, select: str, columns: list[list[Any]]) -> None:
    """All rows by one statement: one for each takes seconds."""
    if columns and columns[0]:
        connection.execute(f"insert into {identifier(hidden(view))} {select}", columns)


def trino_type(kind: str) -> str:
    """A type in Trino's words."""
    if kind.endswith("[]"):
        return f"array({trino_type(kind[:-2])})"
    known = {"TIMESTAMP": "timestamp(6)", "TIMESTAMP WITH TIME ZONE": "timestamp(6) with time zone", "FLOAT": "real"}
    return known.get(kind, kind.lower())
