"""Writes the rows of one stream into its raw table; runs inside the transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from observer.errors import WarehouseError
from observer.model.load import WriteMode
from observer.warehouse.identifiers import columns, quoted
from observer.warehouse.incoming import LOAD_ID, OBSERVED_AT, Incoming

if TYPE_CHECKING:
    import duckdb

_STAGED = "observer_staged"
# What a stored column may become when a source starts to send a wider type.
_WIDER = {
    "TINYINT": ("SMALLINT", "INTEGER", "BIGINT"),
    "SMALLINT": ("INTEGER", "BIGINT"),
    "INTEGER": ("BIGINT",),
    "FLOAT": ("DOUBLE",),
}


def ensure_table(connection: duckdb.DuckDBPyConnection, table: str, types: dict[str, str]) -> dict[str, str]:
    """Creates `raw.<table>` or adds the columns that it lacks; returns the stored type of each wanted column.

    A view stands in for the table until there is one. Raises WarehouseError naming both types if a column changed in a
    way that would lose values.
    """
    stored = _stored_types(connection, table)
    target = f"raw.{quoted(table)}"
    if stored and _is_view(connection, table):
        connection.execute(f"drop view {target}")
        stored = {}
    if not stored:
        fields = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
        connection.execute(f"create table {target} ({fields})")
        return dict(types)
    result = dict(stored)
    for name, kind in types.items():
        known = stored.get(name)
        if known is None:
            connection.execute(f"alter table {target} add column {quoted(name)} {kind}")
            result[name] = kind
        elif kind in _WIDER.get(known, ()):
            result[name] = kind
        elif known != kind and known not in _WIDER.get(kind, ()):
            raise WarehouseError(
                f"column {name!r} is stored as {known} and the source now sends {kind}",
                where=f"raw.{table}",
                hint="rename the column in the source, or drop the table and sync again",
            )
    if any(result[name] != kind for name, kind in stored.items()):
        _rebuild(connection, target, result)
    return {name: result[name] for name in types}


def write(connection: duckdb.DuckDBPyConnection, table: str, incoming: Incoming, mode: WriteMode) -> int:
    """Brings rows into `raw.<table>`; returns how many were written. Rows that are there already stay untouched."""
    target = f"raw.{quoted(table)}"
    if mode is WriteMode.OVERWRITE:
        return _overwrite(connection, target, incoming)
    if incoming.rows == 0:
        return 0
    found = _matches(connection, target, incoming)
    if found == 0:
        return _insert(connection, target, incoming.columns, incoming.sql)
    if mode is WriteMode.APPEND_NEW:
        if found == incoming.rows:
            return 0
        return _insert(connection, target, incoming.columns, _absent(target, incoming))
    return _upsert(connection, target, incoming)


def drop(connection: duckdb.DuckDBPyConnection, table: str, column: str, values: Sequence[str]) -> int:
    """Removes the rows of `raw.<table>` whose column has one of the values; returns how many. No table: none."""
    if column not in _stored_types(connection, table):
        return 0
    target, condition = f"raw.{quoted(table)}", f"{quoted(column)} in (select unnest(?))"
    found = connection.execute(f"select count(*) from {target} where {condition}", [list(values)]).fetchone()  # noqa: S608
    if not found or not found[0]:
        return 0
    connection.execute(f"delete from {target} where {condition}", [list(values)])  # noqa: S608
    return int(found[0])


def _rebuild(connection: duckdb.DuckDBPyConnection, target: str, types: dict[str, str]) -> None:
    """Writes a table anew with other types. DuckLake 1.0 can alter a type but then filters by stale statistics."""
    fields = ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
    connection.execute(f"create or replace temp table {_STAGED} as from {target}")
    connection.execute(f"drop table {target}")
    connection.execute(f"create table {target} ({fields})")
    _insert(connection, target, tuple(types), f"from temp.{_STAGED}")
    connection.execute(f"drop table temp.{_STAGED}")


def _overwrite(connection: duckdb.DuckDBPyConnection, target: str, incoming: Incoming) -> int:
    stored = _count(connection, target)
    content = columns([name for name in incoming.columns if name not in (LOAD_ID, OBSERVED_AT)])
    if stored == incoming.rows:
        if stored == 0:
            return 0
        changed = f"(select {content} from ({incoming.sql}) except all select {content} from {target})"  # noqa: S608
        if _count(connection, changed) == 0:
            return 0
    if stored:
        connection.execute(f"delete from {target}")  # noqa: S608
    if incoming.rows == 0:
        return 0
    return _insert(connection, target, incoming.columns, incoming.sql)


def _upsert(connection: duckdb.DuckDBPyConnection, target: str, incoming: Incoming) -> int:
    content = [name for name in incoming.columns if name not in (LOAD_ID, OBSERVED_AT, *incoming.key)]
    differs = " or ".join(f"i.{quoted(name)} is distinct from t.{quoted(name)}" for name in content) or "false"
    connection.execute(f"drop table if exists temp.{_STAGED}")
    connection.execute(
        f"create temp table {_STAGED} as select {columns(incoming.columns, 'i.')}, t.found is not null as found "  # noqa: S608
        f"from ({incoming.sql}) i left join (select *, true as found from {target} where {incoming.within()}) t "
        f"on {_same_key(incoming, 'i', 't')} where t.found is null or {differs}"
    )
    rows = _count(connection, f"temp.{_STAGED}")
    if rows:
        if _count(connection, f"(select 1 from temp.{_STAGED} where found)"):  # noqa: S608
            connection.execute(
                f"delete from {target} t using temp.{_STAGED} i "  # noqa: S608
                f"where i.found and {incoming.within('t.')} and {_same_key(incoming, 'i', 't')}"
            )
        _insert(connection, target, incoming.columns, f"select {columns(incoming.columns)} from temp.{_STAGED}")  # noqa: S608
    connection.execute(f"drop table temp.{_STAGED}")
    return rows


def _matches(connection: duckdb.DuckDBPyConnection, target: str, incoming: Incoming) -> int:
    """How many incoming rows have a stored row of the same key."""
    stored = f"select {columns(incoming.key)} from {target} where {incoming.within()}"  # noqa: S608
    same = _same_key(incoming, "i", "t")
    return _count(connection, f"(select 1 from ({incoming.sql}) i semi join ({stored}) t on {same})")  # noqa: S608


def _absent(target: str, incoming: Incoming) -> str:
    return (
        f"select * from ({incoming.sql}) i anti join "  # noqa: S608
        f"(select {columns(incoming.key)} from {target} where {incoming.within()}) t on {_same_key(incoming, 'i', 't')}"
    )


def _same_key(incoming: Incoming, left: str, right: str) -> str:
    return " and ".join(f"{left}.{quoted(n)} is not distinct from {right}.{quoted(n)}" for n in incoming.key)


def _insert(connection: duckdb.DuckDBPyConnection, target: str, names: tuple[str, ...], select: str) -> int:
    row = connection.execute(
        f"insert into {target} ({columns(names)}) select {columns(names)} from ({select})"  # noqa: S608
    ).fetchone()
    return int(row[0]) if row else 0


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"select count(*) from {relation}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _is_view(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_views() "
        "where database_name = current_database() and schema_name = 'raw' and view_name = ?",
        [table],
    )
    return found.fetchone() is not None


def _stored_types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'raw' and table_name = ? order by column_index",
        [table],
    ).fetchall()
    return {str(name): str(kind) for name, kind in rows}
