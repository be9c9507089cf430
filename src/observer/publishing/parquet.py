"""The Parquet files of a release: exported, brought to the declared types, measured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from observer.errors import BuildError
from observer.model.published import ColumnType, Table
from observer.model.release import ReleaseTable
from observer.publishing.engine import identifier, literal
from observer.publishing.files import sha256
from observer.publishing.source import TableSource

_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
_FAMILIES: dict[ColumnType, set[str]] = {
    ColumnType.TEXT: {"VARCHAR", "JSON"},
    ColumnType.INTEGER: _WHOLE,
    ColumnType.BIGINT: _WHOLE,
    ColumnType.DOUBLE: {"DOUBLE", "FLOAT", "DECIMAL"} | _WHOLE,
    ColumnType.BOOLEAN: {"BOOLEAN"},
    ColumnType.DATE: {"DATE"},
    ColumnType.TIMESTAMP: {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"},
}


@dataclass(frozen=True, slots=True)
class TableFile:
    """One exported table."""

    table: Table
    path: Path
    rows: int

    def describe(self) -> ReleaseTable:
        """The manifest's entry: size and hash of the file as it is on disk."""
        return ReleaseTable(
            name=self.table.name,
            file=self.path.name,
            rows=self.rows,
            bytes=self.path.stat().st_size,
            sha256=sha256(self.path),
            columns=tuple((column.name, column.type.value) for column in self.table.columns),
        )


def export(engine: duckdb.DuckDBPyConnection, source: TableSource, table: Table, path: Path) -> TableFile:
    """Writes one table with exactly the declared columns, types and order, as a view of its name in `engine`.

    Types of the same family (any whole number, any number with fractions) are converted; anything else that
    departs from the declaration is a BuildError.
    """
    rows = source.write(table, path)
    found = _columns(engine, path)
    _check_columns(table, found)
    wanted = {column.name: column.type.value for column in table.columns}
    if list(found.items()) != list(wanted.items()):
        _rewrite(engine, table, path)
    name = identifier(table.name)
    engine.execute(f"create or replace view {name} as select * from read_parquet({literal(path)})")  # noqa: S608
    counted = _one(engine, f"select count(*) from {name}")  # noqa: S608 - a declared name
    if counted != rows:
        raise BuildError(f"the export of {table.name} reported {rows} rows and wrote {counted}")
    return TableFile(table, path, rows)


def fingerprint(engine: duckdb.DuckDBPyConnection, tables: Sequence[Table], code_version: str) -> str:
    """SHA-256 over the code version and the rows of all tables, whatever their order. Tables are views in `engine`."""
    digest = hashlib.sha256(code_version.encode())
    for table in sorted(tables, key=lambda table: table.name):
        columns = ", ".join(identifier(column.name) for column in table.columns)
        row = engine.execute(
            f"select count(*), bit_xor(hash({columns})), sum(hash({columns})) from {identifier(table.name)}"  # noqa: S608
        ).fetchone()
        digest.update(f"\n{table.name}({columns}) {row}".encode())
    return digest.hexdigest()


def _columns(engine: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    described = engine.execute(f"describe select * from read_parquet({literal(path)})").fetchall()  # noqa: S608
    return {name: kind for name, kind, *_ in described}


def _check_columns(table: Table, found: dict[str, str]) -> None:
    problems = [f"'{name}' is not declared" for name in found.keys() - {column.name for column in table.columns}]
    for column in table.columns:
        kind = found.get(column.name)
        if kind is None:
            problems.append(f"'{column.name}' is missing")
        elif kind.split("(")[0] not in _FAMILIES[column.type]:
            problems.append(f"'{column.name}' is {kind}, declared {column.type.value}")
    if problems:
        raise BuildError(
            f"columns depart from the contract: {'; '.join(sorted(problems))}",
            where=f"marts.{table.name}",
            hint="change the model, or the declaration in observer/model/published.py",
        )


def _rewrite(engine: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    columns = ", ".join(
        f"cast({identifier(column.name)} as {column.type.value}) as {identifier(column.name)}"
        for column in table.columns
    )
    exact = path.with_suffix(".exact")
    try:
        engine.execute(
            f"copy (select {columns} from read_parquet({literal(path)})) "  # noqa: S608 - declared names
            f"to {literal(exact)} (format parquet, compression zstd)"
        )
    except duckdb.ConversionException as error:
        raise BuildError(
            f"a value does not fit the declared type: {str(error).splitlines()[0]}", where=f"marts.{table.name}"
        ) from error
    exact.replace(path)


def _one(engine: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = engine.execute(sql).fetchone()
    return int(row[0]) if row else 0
