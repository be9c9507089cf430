"""What a table of PostgreSQL is: columns with the types in which they are kept, key, and the SELECT that reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
import pyarrow as pa
from psycopg import sql

from observer.connectors.sources.files.options import REFERENCE, RESERVED
from observer.connectors.sources.postgres.config import TableConfig
from observer.connectors.streams import json_schema
from observer.errors import ConfigError

CURSOR = "observer_cursor"

_COLUMNS = """
select a.attname, format_type(a.atttypid, null), t.typcategory::text, t.typtype::text,
    coalesce(array_position(k.indkey::int2[], a.attnum), -1)
from pg_attribute a
join pg_type t on t.oid = a.atttypid
left join pg_index k on k.indrelid = a.attrelid and k.indisprimary
where a.attrelid = %s::oid and a.attnum > 0 and not a.attisdropped
order by a.attnum
"""
_PLAIN: Mapping[str, pa.DataType] = {
    "smallint": pa.int32(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float64(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp without time zone": pa.timestamp("us"),
    "timestamp with time zone": pa.timestamp("us"),
}
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric"})
_TIMES = frozenset({"timestamp without time zone", "timestamp with time zone"})
_CURSORS = _NUMBERS | _TIMES | {"date", "text", "character varying", "uuid"}


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """One column: its name, its type as PostgreSQL writes it, and whether it is an array or a composite type."""

    name: str
    kind: str
    is_nested: bool

    @property
    def type(self) -> pa.DataType:
        """The type in which it is kept. Text keeps every digit of a numeric; arrays and composites are JSON text."""
        return _PLAIN.get(self.kind, pa.string())

    @property
    def value(self) -> sql.Composable:
        """SQL of the value in the form that is kept. Times beyond the years 1 to 9999, and infinity, become empty."""
        name = sql.Identifier(self.name)
        if self.kind in _TIMES or self.kind == "date":
            moment = sql.SQL("({} at time zone 'UTC')").format(name) if self.kind.endswith("with time zone") else name
            fits = "isfinite({0}) and {0} >= '0001-01-02' and {0} < '9999-12-30'"
            return sql.SQL("case when " + fits + " then {1} end").format(name, moment)
        if self.is_nested:
            return sql.SQL("to_json({})::text").format(name)
        if self.kind == "bytea":
            return sql.SQL("encode({}, 'hex')").format(name)
        return name if self.kind in _PLAIN else sql.SQL("{}::text").format(name)


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table as it is now, with what the config says about it."""

    config: TableConfig
    schema: str
    columns: tuple[ColumnInfo, ...]
    primary_key: tuple[str, ...]
    cursor: ColumnInfo | None

    @property
    def arrow(self) -> pa.Schema:
        """The columns as they are handed over."""
        return pa.schema([(c.name, c.type) for c in self.columns] + [(REFERENCE, pa.string())])

    @property
    def kinds(self) -> dict[str, str]:
        """The types by column, for the state."""
        return {column.name: column.kind for column in self.columns}

    def airbyte(self) -> dict[str, object]:
        """The AirbyteStream: incremental where there is a cursor, else the table is replaced."""
        stream: dict[str, object] = {
            "name": self.config.stream,
            "namespace": self.schema,
            "json_schema": json_schema(self.arrow, immutable=False),
            "supported_sync_modes": ["full_refresh", "incremental"] if self.cursor else ["full_refresh"],
            "source_defined_primary_key": [[name] for name in self.primary_key],
            "is_file_based": False,
        }
        return stream | ({"source_defined_cursor": True} if self.cursor else {})

    def select(self, connector: str, last: str | None) -> sql.Composed:
        """The SELECT of all rows, or of those from `last` on, in the order of the cursor."""
        values = [sql.SQL("{} as {}").format(c.value, sql.Identifier(c.name)) for c in self.columns]
        values.append(sql.SQL("{} as {}").format(self._reference(connector), sql.Identifier(REFERENCE)))
        source = sql.Identifier(self.schema, self.config.table)
        if self.cursor is None:
            return sql.SQL("select {} from {}").format(sql.SQL(", ").join(values), source)
        name = sql.Identifier(self.cursor.name)
        values.append(sql.SQL("{}::text as {}").format(name, sql.Identifier(CURSOR)))
        where: sql.Composable = sql.SQL("")
        if last is not None:
            # Rows without a value have no place in the order, so that they are read every time.
            where = sql.SQL(" where {0} >= {1} or {0} is null").format(name, self._bound(last))
        order = sql.SQL(" order by {} nulls first").format(name)
        return sql.SQL("select {} from {}").format(sql.SQL(", ").join(values), source) + where + order

    def _bound(self, last: str) -> sql.Composable:
        assert self.cursor is not None  # noqa: S101 - only tables with a cursor have bounds
        kind, overlap = self.cursor.kind, self.config.overlap
        value = sql.SQL("{}::" + kind).format(sql.Literal(last))
        if kind in _TIMES:
            seconds = 900.0 if overlap is None else overlap
            return sql.SQL("{} - make_interval(secs => {})").format(value, sql.Literal(seconds))
        if kind in _NUMBERS and overlap:
            return sql.SQL("{} - {}").format(value, sql.Literal(int(overlap)))
        return value

    def _reference(self, connector: str) -> sql.Composable:
        if not self.primary_key:
            return sql.SQL("{}").format(sql.Literal(f"{connector}:{self.schema}.{self.config.table}"))
        parts = [sql.SQL("coalesce({}::text, '')").format(sql.Identifier(name)) for name in self.primary_key]
        place = sql.Literal(f"{connector}:{self.schema}.{self.config.table}/")
        return sql.SQL("{} || {}").format(place, sql.SQL(" || '/' || ").join(parts))


def describe(connection: psycopg.Connection, table: TableConfig, where: str) -> TableInfo:
    """A table as it is. Raises ConfigError for what the config names and the table does not have."""
    found = connection.execute(
        "select c.oid, n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where c.oid = to_regclass(%s)",
        (".".join(_quoted(part) for part in (table.schema, table.table) if part),),
    ).fetchone()
    name = f"{table.schema}.{table.table}" if table.schema else table.table
    if found is None:
        raise ConfigError(f"there is no table {name}", where=where, hint="names are written as PostgreSQL has them")
    rows = connection.execute(_COLUMNS, (found[0],)).fetchall()
    every = {row[0]: ColumnInfo(row[0], row[1], row[2] == "A" or row[3] == "c") for row in rows}
    own_key = [row[0] for row in sorted(rows, key=lambda row: row[4]) if row[4] >= 0]
    problems = list(_problems(table, every, own_key))
    if problems:
        raise ConfigError("; ".join(problems), where=f"{where} {name}")
    key = table.primary_key or tuple(own_key)
    chosen = [every[column] for column in table.columns] or list(every.values())
    cursor = every[table.cursor] if table.cursor else None
    return TableInfo(
        table, str(found[1]), tuple(chosen), tuple(k for k in key if k in {c.name for c in chosen}), cursor
    )


def _problems(table: TableConfig, every: Mapping[str, ColumnInfo], own_key: Sequence[str]) -> Iterator[str]:
    for name in (*table.columns, *table.primary_key, *([table.cursor] if table.cursor else [])):
        if name not in every:
            yield f"no column {name!r}"
    chosen = table.columns or tuple(every)
    lower = [name.lower() for name in chosen]
    for name in chosen:
        if name.lower() in RESERVED | {CURSOR} or lower.count(name.lower()) > 1:
            yield f"the column {name!r} cannot be kept under its name"
    key = table.primary_key or own_key
    if table.cursor and not key:
        yield "a cursor needs a primary key, since changed rows have to find theirs"
    if table.cursor and not set(key) <= set(chosen):
        yield "the primary key is not among `columns`"
    kind = every[table.cursor].kind if table.cursor and table.cursor in every else None
    if kind is not None and kind not in _CURSORS:
        yield f"{kind} is no type of a cursor"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
