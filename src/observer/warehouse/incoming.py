"""Rows on their way into one table: Arrow batches and Parquet files as one SQL relation, typed and without doubles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from observer.errors import WarehouseError
from observer.model.load import StreamLoad, WriteMode
from observer.warehouse.identifiers import columns, literal, quoted

if TYPE_CHECKING:
    import duckdb

LOAD_ID, OBSERVED_AT, RECORD_REF = "_load_id", "_observed_at", "_record_ref"
STAMPS = {LOAD_ID: "VARCHAR", OBSERVED_AT: "TIMESTAMP", RECORD_REF: "VARCHAR"}

_BATCHES = "observer_batches"
_DEDUPLICATED = "observer_deduplicated"
_NESTED = ("[", "STRUCT", "MAP", "UNION")


@dataclass(frozen=True, slots=True)
class Incoming:
    """The rows of one StreamLoad as `sql`, a SELECT of `columns` with the types of the table.

    `total` counts what was handed over, `rows` what is left after doubles inside the load were dropped; `bounds`
    gives the lowest and highest value of key columns as SQL.
    """

    sql: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    total: int
    rows: int
    bounds: tuple[tuple[str, str, str], ...] = ()

    def within(self, prefix: str = "") -> str:
        """A condition that holds for every stored row of the same key; lets whole files be skipped."""
        conditions = [f"{prefix}{quoted(name)} between {low} and {high}" for name, low, high in self.bounds]
        return " and ".join(conditions) or "true"


def declared_types(connection: duckdb.DuckDBPyConnection, schema: pa.Schema) -> dict[str, str]:
    """The DuckDB type of each column of an Arrow schema, then the stamps that it lacks."""
    described = connection.from_arrow(schema.empty_table())
    types = {name: str(kind) for name, kind in zip(described.columns, described.types, strict=True)}
    return types | {name: kind for name, kind in STAMPS.items() if name not in types}


def read_incoming(
    connection: duckdb.DuckDBPyConnection, load: StreamLoad, types: dict[str, str], load_id: str, observed_at: datetime
) -> Incoming:
    """Describes the rows of a load over `types`, the columns of the table that the stream declares.

    Raises WarehouseError if a column is unknown or missing from the key.
    """
    table = load.table
    key = table.primary_key or tuple(name for name in types if name not in (LOAD_ID, OBSERVED_AT))
    missing = [name for name in key if name not in types]
    if missing:
        raise WarehouseError(f"key column {missing[0]!r} is not a column of the stream", where=table.table)
    stamps = {
        LOAD_ID: literal(load_id),
        OBSERVED_AT: f"timestamp {literal(observed_at.strftime('%Y-%m-%d %H:%M:%S.%f'))}",
    }
    parts = _parts(connection, load, types, stamps)
    names = tuple(types)
    if not parts:
        empty = ", ".join(f"cast(null as {types[name]}) as {quoted(name)}" for name in names)
        return Incoming(f"select {empty} where false", names, key, 0, 0)
    source = " union all ".join(parts)
    total, bounds = _count_and_bounds(connection, source, key, types)
    rows = _count_keys(connection, source, key)
    if rows < total:
        source = _drop_doubles(connection, source, names, key, last=table.mode is not WriteMode.APPEND_NEW)
    return Incoming(source, names, key, total, rows, bounds)


def release_incoming(connection: duckdb.DuckDBPyConnection) -> None:
    """Forgets what `read_incoming` keeps in a connection; after an error the rollback and the next load do."""
    connection.unregister(_BATCHES)
    connection.execute(f"drop table if exists temp.{_DEDUPLICATED}")


def _parts(
    connection: duckdb.DuckDBPyConnection, load: StreamLoad, types: dict[str, str], stamps: dict[str, str]
) -> list[str]:
    parts = []
    batches = [pa.Table.from_batches([batch]) for batch in load.batches if batch.num_rows]
    if batches:
        connection.register(_BATCHES, pa.concat_tables(batches, promote_options="permissive"))
        parts.append(_select(connection, _BATCHES, types, stamps, load.table.table))
    if load.files:
        files = ", ".join(literal(str(path)) for path in load.files)
        relation = f"read_parquet([{files}], union_by_name => true)"
        parts.append(_select(connection, relation, types, stamps, load.table.table))
    return parts


def _select(
    connection: duckdb.DuckDBPyConnection, relation: str, types: dict[str, str], stamps: dict[str, str], where: str
) -> str:
    described = connection.execute(f"describe select * from {relation}").fetchall()  # noqa: S608
    given = {str(row[0]): str(row[1]) for row in described}
    unknown = sorted(set(given) - set(types))
    if unknown:
        raise WarehouseError(f"column {unknown[0]!r} is not declared by the stream", where=where)
    chosen = []
    for name, kind in types.items():
        value = quoted(name) if name in given else stamps.get(name, "null")
        if given.get(name) != kind:
            value = f"cast({value} as {kind})"
        chosen.append(f"{value} as {quoted(name)}")
    return f"select {', '.join(chosen)} from {relation}"  # noqa: S608


def _count_and_bounds(
    connection: duckdb.DuckDBPyConnection, source: str, key: tuple[str, ...], types: dict[str, str]
) -> tuple[int, tuple[tuple[str, str, str], ...]]:
    scalar = [name for name in key if not any(sign in types[name] for sign in _NESTED)]
    wanted = ["count(*)"]
    for name in scalar:
        column = quoted(name)
        wanted += [f"count({column})", f"min({column})", f"max({column})"]
    row = connection.execute(f"select {', '.join(wanted)} from ({source})").fetchone()  # noqa: S608
    if row is None:
        return 0, ()
    total = int(row[0])
    bounds = []
    for index, name in enumerate(scalar):
        present, low, high = row[1 + 3 * index : 4 + 3 * index]
        # A SQL text cannot hold the NUL character that a value may have.
        if present == total and total and "\x00" not in f"{low}{high}":
            bounds.append((name, _constant(low, types[name]), _constant(high, types[name])))
    return total, tuple(bounds)


def _constant(value: object, kind: str) -> str:
    return f"cast({literal(str(value))} as {kind})"


def _count_keys(connection: duckdb.DuckDBPyConnection, source: str, key: tuple[str, ...]) -> int:
    row = connection.execute(
        f"select count(*) from (select distinct {columns(key)} from ({source}))"  # noqa: S608
    ).fetchone()
    return int(row[0]) if row else 0


def _drop_doubles(
    connection: duckdb.DuckDBPyConnection, source: str, names: Sequence[str], key: tuple[str, ...], *, last: bool
) -> str:
    order = "desc" if last else "asc"
    connection.execute(f"drop table if exists temp.{_DEDUPLICATED}")
    connection.execute(
        f"create temp table {_DEDUPLICATED} as select {columns(list(names))} from "  # noqa: S608
        f"(select *, row_number() over () as observer_order from ({source})) "
        f"qualify row_number() over (partition by {columns(key)} order by observer_order {order}) = 1"
    )
    return f"select * from temp.{_DEDUPLICATED}"  # noqa: S608
