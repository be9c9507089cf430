"""A warehouse in memory that keeps rows as dictionaries: for tests without a lake, and an oracle for those with one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from observer.errors import WarehouseError
from observer.model.load import Load, LoadReport, StreamLoad, WriteMode, table_name

if TYPE_CHECKING:
    from observer.ports import Json

Row = dict[str, object]

_STAMPS = {"_load_id": pa.string(), "_observed_at": pa.timestamp("us"), "_record_ref": pa.string()}
_UNCOMPARED = ("_load_id", "_observed_at")
_WIDER = {pa.int32(): (pa.int64(),), pa.float32(): (pa.float64(),)}
_LEDGER = {
    "quarantine": [
        ("load_id", pa.string()), ("connector", pa.string()), ("stream", pa.string()), ("file", pa.string()),
        ("line", pa.int64()), ("reason", pa.string()), ("excerpt", pa.string()), ("observed_at", pa.timestamp("us")),
    ],
    "loads": [
        ("load_id", pa.string()), ("connector", pa.string()), ("observed_at", pa.timestamp("us")),
        ("stream", pa.string()), ("written", pa.int64()), ("duplicates", pa.int64()), ("quarantined", pa.int64()),
    ],
    "connector_state": [
        ("connector", pa.string()), ("stream", pa.string()), ("state", pa.string()), ("load_id", pa.string()),
        ("updated_at", pa.timestamp("us")),
    ],
}  # fmt: skip


@dataclass(slots=True)
class _Table:
    types: dict[str, pa.DataType]
    rows: dict[str, Row] = field(default_factory=dict)

    def copy(self) -> _Table:
        return _Table(dict(self.types), dict(self.rows))


class FakeWarehouse:
    """ports.Warehouse without files or servers. Holds everything in memory: for small data only."""

    def __init__(self) -> None:
        self._tables = {name: _Table(dict(fields)) for name, fields in _LEDGER.items()}
        self._snapshot = 0
        self._asked: duckdb.DuckDBPyConnection | None = None

    def load(self, load: Load) -> LoadReport:
        """As in ports.Warehouse."""
        self._asked = None
        before = {name: table.copy() for name, table in self._tables.items()}
        try:
            report, changed = self._land(load)
        except BaseException:
            self._tables = before
            raise
        self._snapshot += changed
        return report

    def state(self, connector: str) -> Mapping[str, Json]:
        """As in ports.Warehouse."""
        rows = self._tables["connector_state"].rows.values()
        return {str(row["stream"]): json.loads(str(row["state"])) for row in rows if row["connector"] == connector}

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pa.Table:
        """As in ports.Warehouse; only `raw` has tables."""
        # What is asked between two loads is asked of the same tables.
        self._asked = self._asked or self._database()
        with self._asked.cursor() as connection:
            try:
                statements = connection.extract_statements(sql)
                if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                    raise WarehouseError("only one SELECT is answered", where="query")
                return connection.execute(statements[0], list(parameters)).to_arrow_table()
            except duckdb.Error as error:
                raise WarehouseError(str(error).splitlines()[0], where="query") from error

    def export(self, relation: str, path: Path) -> int:
        """As in ports.Warehouse."""
        rows = self.query(f"select * from {relation} order by all")  # noqa: S608
        pq.write_table(rows, path, compression="zstd")
        return int(rows.num_rows)

    def snapshot_id(self) -> int:
        """As in ports.Warehouse."""
        return self._snapshot

    def _land(self, load: Load) -> tuple[LoadReport, bool]:
        written: dict[str, int] = {}
        duplicates: dict[str, int] = {}
        counts: dict[str, list[int]] = {}
        dropped = self._drop(load)
        refused = self._refuse(load)
        for stream in load.streams:
            rows, total = self._land_stream(load, stream)
            table, name = stream.table.table, stream.table.stream
            written[table] = written.get(table, 0) + rows
            duplicates[table] = duplicates.get(table, 0) + total - rows
            counts[name] = [written[table], duplicates[table], refused.get(name, 0)]
        for name, count in refused.items():
            counts.setdefault(name, [0, 0, count])
        changed = self._keep_state(load) or bool(refused) or any(written.values())
        if changed:
            for name, (rows, again, bad) in counts.items():
                self._add("loads", load_id=load.load_id, connector=load.connector, observed_at=_naive(load),
                          stream=name, written=rows, duplicates=again, quarantined=bad)  # fmt: skip
        for name, count in dropped.items():
            if count:
                self._add("loads", load_id=load.load_id, connector=load.connector, observed_at=_naive(load),
                          stream=name, written=-count, duplicates=0, quarantined=0)  # fmt: skip
        by_table = {table_name(load.connector, name): count for name, count in dropped.items()}
        return LoadReport(written, duplicates, sum(refused.values()), by_table), changed or any(dropped.values())

    def _drop(self, load: Load) -> dict[str, int]:
        counts: dict[str, int] = {}
        for gone in load.dropped:
            rows = self._tables.setdefault(table_name(load.connector, gone.stream), _Table({})).rows
            keys = [key for key, row in rows.items() if row.get(gone.column) in gone.values]
            for key in keys:
                del rows[key]
            counts[gone.stream] = counts.get(gone.stream, 0) + len(keys)
        return counts

    def _land_stream(self, load: Load, stream: StreamLoad) -> tuple[int, int]:
        spec = stream.table
        types = dict(_STAMPS) | {name: spec.schema.field(name).type for name in spec.schema.names}
        table = self._tables.setdefault(spec.table, _Table({}))
        _evolve(table, types, spec.table)
        key = spec.primary_key or tuple(name for name in types if name not in _UNCOMPARED)
        stamps = {"_load_id": load.load_id, "_observed_at": _naive(load), "_record_ref": None}
        rows = [stamps | row for row in _rows(stream)]
        fresh: dict[str, Row] = {}
        for row in rows:
            name = _key(row, key)
            if spec.mode is not WriteMode.APPEND_NEW or name not in fresh:
                fresh[name] = {column: row.get(column) for column in types}
        if spec.mode is WriteMode.OVERWRITE:
            same = fresh.keys() == table.rows.keys() and all(_same(fresh[k], table.rows[k], types) for k in fresh)
            if same:
                return 0, len(rows)
            table.rows = dict(fresh)
            return len(fresh), len(rows)
        news = {
            name: row
            for name, row in fresh.items()
            if name not in table.rows or (spec.mode is WriteMode.UPSERT and not _same(row, table.rows[name], types))
        }
        table.rows |= news
        return len(news), len(rows)

    def _refuse(self, load: Load) -> dict[str, int]:
        stored = {_quarantine_key(row) for row in self._tables["quarantine"].rows.values()}
        counts: dict[str, int] = {}
        for item in load.quarantined:
            row: Row = {
                "load_id": load.load_id, "connector": load.connector, "stream": item.stream, "file": item.file,
                "line": item.line, "reason": item.reason, "excerpt": item.excerpt, "observed_at": _naive(load),
            }  # fmt: skip
            if _quarantine_key(row) not in stored:
                stored.add(_quarantine_key(row))
                self._add("quarantine", **row)
                counts[item.stream] = counts.get(item.stream, 0) + 1
        return counts

    def _keep_state(self, load: Load) -> bool:
        known = self.state(load.connector)
        changed = {stream: state for stream, state in load.state.items() if known.get(stream) != dict(state)}
        for stream, state in changed.items():
            self._tables["connector_state"].rows[json.dumps([load.connector, stream])] = {
                "connector": load.connector, "stream": stream, "state": json.dumps(state, sort_keys=True),
                "load_id": load.load_id, "updated_at": _naive(load),
            }  # fmt: skip
        return bool(changed)

    def _add(self, table: str, **row: object) -> None:
        rows = self._tables[table].rows
        rows[str(len(rows))] = row

    def _database(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        for schema in ("raw", "staging", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        for name, table in self._tables.items():
            if table.types:
                rows = pa.Table.from_pylist(list(table.rows.values()), schema=pa.schema(list(table.types.items())))
                connection.register("fake_rows", rows)
                connection.execute(f'create table raw."{name}" as from fake_rows')
                connection.unregister("fake_rows")
        return connection


def _rows(stream: StreamLoad) -> Iterator[Row]:
    for batch in stream.batches:
        yield from _checked(batch.to_pylist(), batch.schema.names, stream)
    for path in stream.files:
        table = pq.read_table(path)
        yield from _checked(table.to_pylist(), table.schema.names, stream)


def _checked(rows: list[Row], names: list[str], stream: StreamLoad) -> list[Row]:
    unknown = sorted(set(names) - set(stream.table.schema.names) - set(_STAMPS))
    if unknown:
        raise WarehouseError(f"column {unknown[0]!r} is not declared by the stream", where=stream.table.table)
    return rows


def _evolve(table: _Table, types: dict[str, pa.DataType], name: str) -> None:
    for column, kind in types.items():
        known = table.types.get(column)
        if known is None or kind in _WIDER.get(known, ()):
            table.types[column] = kind
        elif known != kind and known not in _WIDER.get(kind, ()):
            raise WarehouseError(
                f"column {column!r} is stored as {known} and the source now sends {kind}", where=f"raw.{name}"
            )


def _key(row: Row, key: Sequence[str]) -> str:
    # Missing values are left out, so that a row stays the same when its table gets a column.
    return json.dumps({name: row[name] for name in key if row.get(name) is not None}, default=str, sort_keys=True)


def _same(new: Row, old: Row, types: Mapping[str, object]) -> bool:
    return all(new.get(name) == old.get(name) for name in types if name not in _UNCOMPARED)


def _quarantine_key(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("connector", "stream", "file", "line", "reason", "excerpt"))


def _naive(load: Load) -> datetime:
    return load.observed_at.astimezone(UTC).replace(tzinfo=None)
