"""Writes the typed rows of one verified file as the two Parquet files of its streams."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from observer.connectors.sources.github_archive.people import email_domain_sql, email_hash_sql, without_address_sql
from observer.connectors.sources.github_archive.streams import EVENTS, PUSH_COMMITS

if TYPE_CHECKING:
    import duckdb

    from observer.connectors.sources.github_archive.reader import Outcome

_PARQUET = "format parquet, compression zstd, compression_level 1"
_SQL_TYPES = {
    pa.string(): "varchar",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.timestamp("us"): "timestamp",
}


def write(connection: duckdb.DuckDBPyConnection, outcome: Outcome, folder: Path) -> None:
    """Writes `<name>.<digest>.events.parquet` and `.push_commits.parquet` and completes the outcome's counts.

    Records of one key are one event: the last line gives its content, `occurrences` says how many there were.
    """
    total, keys, first, last = _one(
        connection, "select count(*), count(distinct event_key), min(created_at), max(created_at) from typed"
    )
    # Rows are in the order of lines already, unless salvaged ones came last or windows mixed them.
    order = "order by line, place" if outcome.is_mended or keys < total else ""
    source = "(select *, 1 as occurrences from typed)"
    if keys < total:
        source = """(select *, count(*) over (partition by event_key) as occurrences from typed
            qualify row_number() over (partition by event_key order by line desc, place desc) = 1)"""
    outcome.loaded, outcome.duplicates = keys, total - keys
    outcome.first_event_at, outcome.last_event_at = first, last
    stem = folder / f"{outcome.name}.{outcome.sha256[:12]}"
    outcome.events = Path(f"{stem}.events.parquet")
    outcome.push_commits = Path(f"{stem}.push_commits.parquet")
    stamps = {
        "file_name": _literal(outcome.name),
        "file_sha256": _literal(outcome.sha256),
        "_record_ref": f"{_literal(f'github-archive:{outcome.name}#L')} || line || if(place > 0, '.' || place, '')",
    }
    _copy(connection, EVENTS.schema, f"{source} {order}", stamps, outcome.events)
    commits = f"""(select event_key, line, place, unnest(commits) as c, generate_subscripts(commits, 1) as position
        from {source} where len(commits) > 0) {order and f"{order}, position"}"""  # noqa: S608
    person = {
        "commit_id": "c.commit_id",
        "author_name": without_address_sql("c.author_name"),
        "author_email_hash": email_hash_sql("c.email"),
        "author_email_domain": email_domain_sql("c.email"),
        "is_distinct": "c.is_distinct",
    }
    _copy(connection, PUSH_COMMITS.schema, commits, stamps | person, outcome.push_commits)
    connection.execute("drop table typed")


def _copy(
    connection: duckdb.DuckDBPyConnection, schema: pa.Schema, source: str, values: dict[str, str], path: Path
) -> None:
    columns = ", ".join(
        f"cast({values.get(name, name)} as {_SQL_TYPES[schema.field(name).type]}) as {name}" for name in schema.names
    )
    connection.execute(
        f"copy (select {columns} from {source}) to {_literal(str(path))} ({_PARQUET})"  # noqa: S608
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, int, datetime | None, datetime | None]:
    row = connection.execute(sql).fetchone()
    if row is None:
        raise LookupError("an aggregate gives one row")
    return row
