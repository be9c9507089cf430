"""Empty databases, and rows whose every table says which publish they belong to."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Mapping

import psycopg

from observer.model.published import PUBLISHED
from observer.postgres import OWNER_ROLE, READER_ROLE, PostgresUrls
from observer.query import ReadModel, RowQuery
from observer.query.reader import ReleaseReader
from observer.testing.sample import Rows, sample_rows

_numbers = itertools.count(1)
TABLES = ("projects", "collections", "users", "metrics", "models", "quarantine", "events")


@functools.cache
def marked_rows(mark: int) -> Rows:
    """The sample, smaller, with `mark` in several tables and in the number of events."""
    rows = dict(sample_rows())
    keys = {"day", "week", "rolling_30_days", "rolling_90_days", "rolling_180_days"}
    as_of = rows["key_metrics"][0]["sample_date"]
    rows["timeseries_metrics"] = [
        row for row in rows["timeseries_metrics"] if row["grain"] not in keys or row["bucket"] == as_of
    ]
    columns = {"projects": "description", "collections": "description", "users": "class_evidence"}
    columns |= {"metrics": "caveats", "models": "description", "quarantine": "reason"}
    for table, column in columns.items():
        rows[table] = [dict(row) | {column: f"mark {mark}"} for row in rows[table]]
    rows["events"] = [
        dict(row) | {"event_source_id": f"mark {mark}"} for row in rows["events"][: len(rows["events"]) - mark]
    ]
    return rows


def marks(reader: ReleaseReader) -> set[str]:
    """The marks that one pinned release shows in all its tables; one, if it is whole."""
    columns = {"users": "class_evidence", "metrics": "caveats", "quarantine": "reason", "events": "event_source_id"}
    found = set()
    for table in TABLES:
        column = columns.get(table, "description")
        rows = json.loads(reader.rows(RowQuery(table, columns=[column], limit=1000))[0])
        assert len(rows) == reader.release.table(table).rows
        found |= {row[column] for row in rows}
    return found


def everything(read_model: ReadModel) -> dict[str, bytes]:
    """All answers by table that the current release gives."""
    with read_model.pinned() as reader:
        order = {table.name: [(name, "asc") for name in table.key] for table in PUBLISHED}
        return {name: reader.rows(RowQuery(name, order_by=order[name], limit=1000))[0] for name in order}


def admin_url(server: PostgresUrls) -> str:
    return server.owner.replace(f"{OWNER_ROLE}@/observer?", "postgres@/postgres?")


def new_database(server: PostgresUrls) -> PostgresUrls:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(admin_url(server), autocommit=True) as connection:
        connection.execute(f"create database {name} owner {OWNER_ROLE}")
        connection.execute(f"grant connect on database {name} to {READER_ROLE}")
    urls = (server.owner, server.reader, server.accounts)
    return PostgresUrls(*(url.replace("@/observer?", f"@/{name}?") for url in urls))


def schemas(urls: PostgresUrls) -> Mapping[str, int]:
    """The release schemas with the number of their tables."""
    with psycopg.connect(urls.owner) as connection:
        return dict(
            connection.execute(
                "select nspname, count(pg_class.oid) from pg_namespace left join pg_class "
                "on relnamespace = pg_namespace.oid and relkind = 'r' where nspname like 'release%' group by 1"
            ).fetchall()
        )
