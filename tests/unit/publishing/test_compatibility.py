"""Compatibility views: both stores hold every one, with its columns, and give the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import psycopg
import pytest
from marked_releases import new_database

from observer.duckdb_extensions import load_extensions
from observer.model.compatibility import VIEWS, View
from observer.model.release import Release
from observer.model.table import ColumnType
from observer.postgres import PostgresUrls
from observer.testing.releases import publish_rows

POSTGRESQL = {
    ColumnType.TEXT: "text",
    ColumnType.BIGINT: "bigint",
    ColumnType.INTEGER: "integer",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamp with time zone",
}


@dataclass(frozen=True, slots=True)
class Stores:
    release: Release
    postgres: psycopg.Connection
    lake: duckdb.DuckDBPyConnection

    def both(self, query: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        """The rows of a query from either store, sorted, times without a zone."""
        return _plain(self.postgres.execute(query.encode()).fetchall()), _plain(self.lake.execute(query).fetchall())


@pytest.fixture(scope="module")
def stores(server: PostgresUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = tmp_path_factory.mktemp("releases")
    database = new_database(server)
    release = publish_rows(database.owner, folder)
    path = folder / str(release.number)
    lake = duckdb.connect()
    load_extensions(lake, "ducklake")
    lake.execute(
        f"attach 'ducklake:{path / release.catalog}' as anything"
        f" (read_only, data_path '{path}/', override_data_path true)"
    )
    lake.execute("use anything")
    with psycopg.connect(database.reader, autocommit=True) as postgres:
        postgres.execute(f"set search_path = release_{release.number}")
        postgres.execute("set timezone = 'UTC'")
        yield Stores(release, postgres, lake)
    lake.close()


def _plain(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return sorted((tuple(_value(value) for value in row) for row in rows), key=str)


def _value(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return round(value, 9) if isinstance(value, float) else value


def test_the_release_names_its_views(stores: Stores) -> None:
    assert set(stores.release.views) == {view.relation for view in VIEWS}
    assert len(set(stores.release.views)) == len(VIEWS)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.relation)
def test_both_stores_answer_with_the_declared_columns_and_types_and_the_same_rows(stores: Stores, view: View) -> None:
    declared = [(column.name, column.type) for column in view.columns]

    in_lake = stores.lake.execute(f"describe select * from {view.relation}").fetchall()
    in_postgres = stores.postgres.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = current_schema() and table_name = %s order by ordinal_position",
        (view.relation,),
    ).fetchall()
    ours, theirs = stores.both(f"select * from {view.relation}")

    assert [(name, kind) for name, kind, *_ in in_lake] == [(name, kind.value) for name, kind in declared]
    assert in_postgres == [(name, POSTGRESQL[kind]) for name, kind in declared]
    assert ours == theirs
    if view.key:
        key = [[column.name for column in view.columns].index(name) for name in view.key]
        assert len({tuple(row[place] for place in key) for row in ours}) == len(ours)
