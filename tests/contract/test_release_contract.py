"""The contract between the write side and the read side: the marts are the published tables, in name and column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from observer.model.published import PUBLISHED, Table, published_table
from observer.model.published_connectors import WRITTEN_WITH_THE_RELEASE
from observer.postgres import PostgresUrls
from observer.publishing import WarehouseTables, publish
from observer.query import ReadModel
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import RowTables, publish_rows
from observer.testing.sample import sample_rows
from observer.warehouse.lake import LakeWarehouse

ROOT = Path(__file__).resolve().parents[2]
MARTS = ROOT / "transform" / "models" / "marts"
NOW = datetime(2024, 4, 1, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresUrls]:
    with temporary_postgres() as urls:
        yield urls


def _documented() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(MARTS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            found[model["name"]] = [column["name"] for column in model.get("columns", [])]
    return found


def test_every_published_table_is_a_mart_with_these_columns_and_every_mart_is_published() -> None:
    documented = _documented()
    marts = {table.name for table in PUBLISHED} - WRITTEN_WITH_THE_RELEASE
    assert documented.keys() == marts
    for name in sorted(marts):
        assert documented[name] == [column.name for column in published_table(name).columns], name


def test_every_table_and_column_is_described_in_a_sentence() -> None:
    for table in PUBLISHED:
        texts = {table.name: table.description}
        texts |= {f"{table.name}.{column.name}": column.description for column in table.columns}
        for place, text in texts.items():
            assert text.strip() == text, place
            assert text.endswith("."), place


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda table: table.name)
def test_keys_references_and_indexes_name_declared_columns(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    used = [*table.key, *table.order, *(name.lstrip("-") for index in table.indexes for name in index)]
    assert set(used) <= set(names)
    for reference in table.references:
        target = published_table(reference.table)
        assert reference.column in names
        assert target.key == (reference.target,)
        assert target.column(reference.target).type == table.column(reference.column).type


def test_a_release_of_the_warehouse_is_the_release_of_its_rows(postgres: PostgresUrls, tmp_path: Path) -> None:
    source = RowTables(sample_rows())
    with LakeWarehouse(postgres.owner, tmp_path / "warehouse") as lake:
        with lake.connection() as connection:
            connection.execute("create schema if not exists marts")
            for table in PUBLISHED:
                path = tmp_path / f"{table.name}.parquet"
                source.write(table, path)
                if table.name not in WRITTEN_WITH_THE_RELEASE:
                    connection.execute(f"create table marts.{table.name} as from read_parquet('{path}')")
        published = publish(
            WarehouseTables(
                lake, {name: pq.read_table(tmp_path / f"{name}.parquet") for name in WRITTEN_WITH_THE_RELEASE}
            ),
            postgres_url=postgres.owner,
            releases_dir=tmp_path / "releases",
            clock=lambda: NOW,
            code_version="test",
            snapshot_id=lake.snapshot_id(),
        )
    assert published.is_new
    again = publish_rows(postgres.owner, tmp_path / "releases", snapshot_id=-1)
    assert again == published.release
    with ReadModel(postgres.reader, tmp_path / "releases") as read_model, read_model.pinned() as reader:
        assert reader.release == published.release
        assert len(reader.key_metrics(reader.project("lattice"))) == 40
