"""The metric models of this checkout, compiled once for all tests of the folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.unit.metrics.metric_models import ROOT, MetricModels, own_models, write_table
from tests.unit.transform.conftest import AS_OF, small_world
from tests.unit.transform.world import World

from observer.metrics import Catalogue, definition_rows, load_metrics


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_metrics(ROOT / "metrics")


@pytest.fixture(scope="session")
def metric_models() -> MetricModels:
    return own_models()


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> World:
    world = World(tmp_path_factory.mktemp("metrics_lake"), dbt_folder)
    world.fill(small_world())
    return world


@pytest.fixture(scope="session")
def compiled(lake: World, catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory, dbt_folder: Path) -> Path:
    """The queries of the build of the lake; a later build of another world writes its own."""
    with lake.connect() as con:
        write_table(con, "raw.metrics__definitions", definition_rows(catalogue))
    lake.build(as_of=AS_OF, select=())
    folder = tmp_path_factory.mktemp("compiled")
    shutil.copytree(dbt_folder / "target" / "compiled", folder, dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def lake_copy(lake: World, compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that was built, as a plain database: for tests that ask often or damage what they see."""
    path = tmp_path_factory.mktemp("copy") / "lake.duckdb"
    with lake.connect() as con:
        con.execute(f"attach '{path}' as near")
        con.execute("copy from database lake to near")
    return path


@pytest.fixture
def con(lake_copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{lake_copy}' as lake")
        connection.execute("use lake")
        yield connection
