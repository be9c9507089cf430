"""The metric models of this checkout, compiled once for all tests of the folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.unit.metrics.metric_models import ROOT, MetricModels, compile_models, write_table
from tests.unit.transform.conftest import AS_OF, small_world
from tests.unit.transform.world import World

from observer.metrics import Catalogue, definition_rows, load_metrics
from observer.transform import BuildResult


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_metrics(ROOT / "metrics")


@pytest.fixture(scope="session")
def metric_models(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> MetricModels:
    return compile_models(tmp_path_factory.mktemp("dbt"), catalogue)


@pytest.fixture(scope="session")
def work_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("metrics_work")


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory, work_dir: Path) -> World:
    world = World(tmp_path_factory.mktemp("metrics_lake"), work_dir)
    world.fill(small_world())
    return world


@pytest.fixture(scope="session")
def built(lake: World, catalogue: Catalogue) -> BuildResult:
    with lake.connect() as con:
        write_table(con, "raw.metrics__definitions", definition_rows(catalogue))
    return lake.build(as_of=AS_OF, select=())


@pytest.fixture
def con(lake: World, built: BuildResult) -> Iterator[duckdb.DuckDBPyConnection]:
    with lake.connect() as connection:
        yield connection
