from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.unit.transform.world import World

from observer.connectors import host
from observer.connectors.declarative.scaffold import scaffold
from observer.connectors.declarative.source import DeclarativeSource
from observer.connectors.registry import Registry
from observer.errors import ConfigError
from observer.testing.connector_suite import run
from observer.testing.upstream import Upstream
from observer.testing.warehouse import FakeWarehouse


def test_a_new_connector_works_on_its_samples_at_once(tmp_path: Path) -> None:
    files = scaffold("new-thing", connectors=tmp_path / "connectors", transform=tmp_path / "transform")
    folder = tmp_path / "connectors" / "new-thing"
    warehouse = FakeWarehouse()

    with Upstream() as upstream:
        upstream.play(folder / "samples")
        source = Registry(manifests=tmp_path / "connectors").source("new-thing")
        config = {"api_url": upstream.url, "transport": {"private_hosts": ["127.0.0.1"]}}
        host.check(source, config)
        run(source, config, warehouse)

    assert all(path.exists() for path in files)
    assert isinstance(source, DeclarativeSource)
    rows = warehouse.query("select id, name, _record_ref from raw.new_thing__items order by id").to_pylist()
    assert rows == [
        {"id": 1, "name": "first", "_record_ref": "new-thing:items/1"},
        {"id": 2, "name": None, "_record_ref": "new-thing:items/2"},
    ]


def test_its_model_builds_before_it_ever_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    import tests.unit.transform.world as world_module

    project = tmp_path / "transform"
    shutil.copytree(world_module.PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    scaffold("new-thing", connectors=tmp_path / "connectors", transform=project)
    monkeypatch.setattr(world_module, "PROJECT", project)
    world = World(tmp_path / "world", tmp_path / "dbt")

    world.build(as_of=date(2024, 11, 5), select=("stg_new_thing__items",))

    assert world.rows("select count(*) from staging.stg_new_thing__items") == [(0,)]


@pytest.mark.parametrize("name", ["Weather", "-x", "a--b", "../a", "a_b", ""])
def test_names_that_are_no_folder_and_table_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        scaffold(name, connectors=tmp_path / "connectors", transform=tmp_path / "transform")

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    scaffold("a", connectors=tmp_path / "connectors", transform=tmp_path / "transform")

    with pytest.raises(ConfigError, match="already"):
        scaffold("a", connectors=tmp_path / "connectors", transform=tmp_path / "transform")
