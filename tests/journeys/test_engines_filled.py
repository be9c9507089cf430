"""Marts that are empty in the demo world have rows here, and Spark makes the same of them as the warehouse.

Each world is the raw rows of one subject's own tests. `dependents_by_collection` is not among them: it stands on
`key_metrics`, hence on all metrics, which would take longer than all worlds here.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from observer.testing.upstream.chain import GeneratedChain
from observer.transform.engines import build_on
from observer.transform.engines.spark import Spark
from tests.journeys.engine_marts import differences
from tests.journeys.test_engines import SPARK_CONFIG, whole
from tests.unit.declarative.test_package_models import raw_tables
from tests.unit.evm import test_defillama_models, test_evm_models, test_network_metrics
from tests.unit.funding import test_funding_models
from tests.unit.transform import test_dependents, test_forge, test_packages
from tests.unit.transform.world import Raw, World

pytestmark = [pytest.mark.slow, whole]
# A function of a folder of its own, the last complete day, and the marts that get rows.
WORLDS: dict[str, tuple[Callable[[Path], Raw], date, tuple[str, ...]]] = {
    "funding": (
        lambda _: test_funding_models.RAW,
        test_funding_models.AS_OF,
        ("funding_by_pool", "funding_by_project", "oss_funding"),
    ),
    "chain": (
        lambda folder: test_evm_models.raw_of(GeneratedChain(blocks=test_evm_models.LAST + 20), folder),
        test_evm_models.AS_OF,
        ("contract_activity_daily",),
    ),
    "networks": (
        lambda _: test_network_metrics.raw_of(list(test_network_metrics.calls())),
        test_network_metrics.AS_OF,
        ("address_segments", "onchain_metrics_by_network"),
    ),
    "protocols": (lambda _: test_defillama_models.raw(), date(2025, 1, 5), ("protocol_figures_daily",)),
    "packages": (
        lambda folder: test_packages.raw() | test_packages.dropped(folder),
        date(2024, 11, 3),
        ("package_advisories", "package_dependencies", "package_downloads", "package_versions", "packages", "sboms"),
    ),
    "registries": (
        raw_tables,
        date(2024, 11, 5),
        ("package_dependencies", "package_downloads", "package_maintainers", "package_versions"),
    ),
    "dependents": (lambda _: test_dependents.raw(), test_dependents.AS_OF, ("dependencies_by_collection",)),
    "forge": (lambda _: test_forge.RAW, test_forge.AS_OF, ("capture_rates",)),
}


@dataclass(frozen=True)
class Tables:
    """A lake as the warehouse that an engine gets its raw tables from."""

    connection: duckdb.DuckDBPyConnection

    def query(self, sql: str) -> pa.Table:
        return self.connection.execute(sql).to_arrow_table()

    def export(self, relation: str, file: Path) -> int:
        copied = self.connection.execute(f"copy (from {relation}) to '{file}' (format parquet)").fetchall()
        return int(copied[0][0])


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    if shutil.which("java") is None or not importlib.util.find_spec("pyspark"):
        pytest.skip("Spark needs Java 17 or later, which is not installed")
    engine = Spark("local[2]", str(tmp_path_factory.mktemp("spark") / "warehouse"), SPARK_CONFIG)
    engine.open()
    yield engine
    engine.close()


@pytest.mark.parametrize("name", WORLDS)
def test_spark_fills_the_marts_as_the_warehouse_does(name: str, spark: Spark, tmp_path: Path) -> None:
    raw, as_of, marts = WORLDS[name]
    world = World(tmp_path / "lake", tmp_path / "dbt")
    world.fill(raw(tmp_path))
    request = replace(world.request(as_of), select=_with_ancestors(marts), has_checks=False)
    world.run(request)
    expected, found = tmp_path / "expected", tmp_path / "found"
    expected.mkdir()
    found.mkdir()
    with world.connect() as connection:
        tables = Tables(connection)
        rows = {mart: tables.export(f"marts.{mart}", expected / f"{mart}.parquet") for mart in marts}
        assert 0 not in rows.values(), rows
        build_on(spark, request, tables)  # type: ignore[arg-type]
    for mart in marts:
        spark.fetch(f"marts.{mart}", found / f"{mart}.parquet")
    assert differences(expected, found) == []


def _with_ancestors(marts: Sequence[str]) -> tuple[str, ...]:
    return ("path:seeds", *(f"+{mart}" for mart in marts))
