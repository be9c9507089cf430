"""Compares marts that two engines made of the same input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

_FLOATS = ("DOUBLE", "FLOAT")


def differences(expected: Path, found: Path, allowed: Mapping[str, float] | None = None) -> list[str]:
    """What differs between two folders of Parquet files, one a mart; empty where nothing does.

    Row counts and the ordered hash of all columns that are no floats have to be equal; floats, in the same order,
    to 1e-9 of their size, or as `allowed` says of `<mart>.<column>`.
    """
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        return [
            f"{file.stem}: {reason}"
            for file in sorted(expected.glob("*.parquet"))
            for reason in _reasons(connection, file, found / file.name, allowed or {})
        ]


def _reasons(
    connection: duckdb.DuckDBPyConnection, expected: Path, found: Path, allowed: Mapping[str, float]
) -> Sequence[str]:
    if not found.is_file():
        return ["is not there"]
    columns = connection.execute(f"describe select * from '{expected}'").fetchall()
    there = {row[0] for row in connection.execute(f"describe select * from '{found}'").fetchall()}
    missing = [name for name, *_ in columns if name not in there]
    if missing:
        return [f"columns {missing} are not there"]
    exact = [f'"{name}"' for name, kind, *_ in columns if kind not in _FLOATS]
    floats = [f'"{name}"' for name, kind, *_ in columns if kind in _FLOATS]
    casts = ", ".join(_cast(name, kind) for name, kind, *_ in columns)
    connection.execute(f"create or replace temp table expected as select * from '{expected}'")
    connection.execute(f"create or replace temp table found as select {casts} from '{found}'")
    order = ", ".join([*exact, *floats])
    counts = [connection.execute(f"select count(*) from {name}").fetchall()[0][0] for name in ("expected", "found")]
    if counts[0] != counts[1]:
        return [f"{counts[1]} rows and not {counts[0]}"]
    hashes = [{name: _hash(connection, name, order, table) for name in exact} for table in ("expected", "found")]
    reasons = [name for name in exact if hashes[0][name] != hashes[1][name]]
    if reasons:
        return [f"columns {reasons} differ, for instance {_example(connection, exact)}"]
    offs = {name.strip('"'): _off(connection, name, order) for name in floats}
    return [
        f"{name} is off by {off:.3g}"
        for name, off in offs.items()
        if off > allowed.get(f"{expected.stem}.{name}", 1e-9)
    ]


def _cast(name: str, kind: str) -> str:
    if kind == "TIMESTAMP":
        return f"""cast(cast("{name}" as timestamptz) at time zone 'UTC' as timestamp) as "{name}\""""
    return f'cast("{name}" as {kind}) as "{name}"'


def _hash(connection: duckdb.DuckDBPyConnection, column: str, order: str, table: str) -> str:
    query = f"select md5(string_agg(coalesce(cast({column} as varchar), chr(0)), chr(1) order by {order})) from {table}"
    return str(connection.execute(query).fetchall()[0][0])


def _off(connection: duckdb.DuckDBPyConnection, column: str, order: str) -> float:
    numbered = "select row_number() over (order by {order}) as n, {column} as x from {table}"
    rows = connection.execute(
        f"""
        select max(case when a.x is null and b.x is null then 0.0
            when a.x is null or b.x is null then 1.0
            else abs(a.x - b.x) / greatest(abs(a.x), 1.0) end)
        from ({numbered.format(order=order, column=column, table="expected")}) as a
        inner join ({numbered.format(order=order, column=column, table="found")}) as b on a.n = b.n
        """
    ).fetchall()
    return float(rows[0][0] or 0.0)


def _example(connection: duckdb.DuckDBPyConnection, exact: Sequence[str]) -> str:
    columns = ", ".join(exact)
    pair = [
        connection.execute(f"select {columns} from {one} except select {columns} from {other} limit 1").fetchall()
        for one, other in (("expected", "found"), ("found", "expected"))
    ]
    return f"{pair[0]} and not {pair[1]}"
