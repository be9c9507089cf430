"""Both warehouses pass the same suite."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from observer.testing.postgres import temporary_postgres
from observer.testing.warehouse import FakeWarehouse
from observer.warehouse.lake import LakeWarehouse

if "observer.testing.warehouse_suite" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.warehouse_suite")
from observer.testing.warehouse_suite import WarehouseSuite

_numbers = itertools.count()


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with temporary_postgres() as urls:
        yield urls.owner


class TestLakeWarehouse(WarehouseSuite):
    @pytest.fixture
    def warehouse(self, postgres_url: str, tmp_path: Path) -> Iterator[LakeWarehouse]:
        schema = f"lake_{next(_numbers)}"
        with LakeWarehouse(postgres_url, tmp_path, threads=1, schema=schema) as lake:
            yield lake
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute(f"drop schema {schema} cascade")


class TestFakeWarehouse(WarehouseSuite):
    @pytest.fixture
    def warehouse(self) -> FakeWarehouse:
        return FakeWarehouse()
