"""The engine's own raw tables: refused input, what each load did, and how far each connector has come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from observer.model.load import Load

if TYPE_CHECKING:
    import duckdb

TABLES = {
    "quarantine": "load_id varchar, connector varchar, stream varchar, file varchar, line bigint, reason varchar, "
    "excerpt varchar, observed_at timestamp",
    "loads": "load_id varchar, connector varchar, observed_at timestamp, stream varchar, written bigint, "
    "duplicates bigint, quarantined bigint",
    "connector_state": "connector varchar, stream varchar, state varchar, load_id varchar, updated_at timestamp",
}

_REFUSED = "observer_refused"
_FRESH = "observer_fresh"


def ensure_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates the tables that are missing."""
    for table, fields in TABLES.items():
        connection.execute(f"create table if not exists raw.{table} ({fields})")


def stored_state(connection: duckdb.DuckDBPyConnection, connector: str) -> dict[str, dict[str, object]]:
    """The committed state of a connector by stream."""
    rows = connection.execute("select stream, state from raw.connector_state where connector = ?", [connector])
    return {str(stream): json.loads(state) for stream, state in rows.fetchall()}


def write_state(connection: duckdb.DuckDBPyConnection, load: Load) -> int:
    """Replaces the states that changed; returns how many did."""
    changed = {
        stream: state
        for stream, state in load.state.items()
        if canonical(state) != canonical(stored_state(connection, load.connector).get(stream))
    }
    for stream, state in changed.items():
        connection.execute(
            "delete from raw.connector_state where connector = ? and stream = ?", [load.connector, stream]
        )
        connection.execute(
            "insert into raw.connector_state values (?, ?, ?, ?, ?)",
            [load.connector, stream, canonical(state), load.load_id, naive(load)],
        )
    return len(changed)


def write_quarantine(connection: duckdb.DuckDBPyConnection, load: Load) -> dict[str, int]:
    """Stores refused input that is not stored yet; returns how many rows by stream."""
    if not load.quarantined:
        return {}
    connection.register(_REFUSED, _refused(load))
    try:
        connection.execute(
            f"""create or replace temp table {_FRESH} as
                select i.* from (select distinct * from {_REFUSED}) i anti join raw.quarantine t on
                    i.connector = t.connector and i.stream = t.stream and i.file = t.file
                    and i.line is not distinct from t.line and i.reason = t.reason and i.excerpt = t.excerpt"""  # noqa: S608
        )
    finally:
        connection.unregister(_REFUSED)
    rows = connection.execute(f"select stream, count(*) from temp.{_FRESH} group by stream order by stream").fetchall()  # noqa: S608
    if rows:
        connection.execute(
            f"""insert into raw.quarantine
                select ?, connector, stream, file, line, reason, excerpt, ? from temp.{_FRESH}
                order by stream, file, line, reason, excerpt""",  # noqa: S608
            [load.load_id, naive(load)],
        )
    connection.execute(f"drop table temp.{_FRESH}")
    return {str(stream): int(count) for stream, count in rows}


def write_loads(connection: duckdb.DuckDBPyConnection, load: Load, counts: Mapping[str, tuple[int, int, int]]) -> None:
    """Notes what a load did: written (below zero: dropped), duplicates and quarantined by stream."""
    if not counts:
        return
    connection.executemany(
        "insert into raw.loads values (?, ?, ?, ?, ?, ?, ?)",
        [[load.load_id, load.connector, naive(load), stream, *numbers] for stream, numbers in counts.items()],
    )


def canonical(state: Mapping[str, object] | None) -> str:
    """One text for equal states."""
    return json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def naive(load: Load) -> datetime:
    """The time of a load as the warehouse stores times: UTC without a zone."""
    return load.observed_at.astimezone(UTC).replace(tzinfo=None)


def _refused(load: Load) -> pa.Table:
    rows = load.quarantined
    return pa.table(
        {
            "connector": pa.array([load.connector] * len(rows), pa.string()),
            "stream": pa.array([row.stream for row in rows], pa.string()),
            "file": pa.array([row.file for row in rows], pa.string()),
            "line": pa.array([row.line for row in rows], pa.int64()),
            "reason": pa.array([row.reason for row in rows], pa.string()),
            "excerpt": pa.array([row.excerpt for row in rows], pa.string()),
        }
    )
