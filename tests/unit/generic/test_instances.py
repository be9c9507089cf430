"""Connectors with names of their own: made from others, with their own tables, secrets by reference, models written."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from observer.cli.main import cli
from observer.cli.observatory import open_observatory
from observer.connectors.references import resolved
from observer.connectors.registry import Registry
from observer.connectors.staging import staging_files
from observer.errors import ConfigError
from observer.model.sync import Age, SyncRecord, age_of
from observer.postgres.syncs import SyncLog
from observer.testing.connector_suite import run, tables
from observer.testing.postgres import temporary_postgres
from observer.testing.warehouse import FakeWarehouse
from observer.transform.parse import parse_project

ROOT = Path(__file__).resolve().parents[3]
CONNECTORS = ROOT / "connectors"


def test_an_instance_is_made_as_its_connector_and_goes_by_its_own_name(tmp_path: Path) -> None:
    registry = Registry(manifests=CONNECTORS, instances={"north": "bucket", "south": "bucket"})
    warehouse = FakeWarehouse()
    for name, stream in (("north", "visits"), ("south", "visits")):
        config = {
            "location": str(CONNECTORS / "bucket" / "samples"),
            "streams": [{"name": stream, "file_match": r"visits/(?P<interval_timestamp>\d{8})\.jsonl"}],
            "staging_dir": str(tmp_path / name),
        }
        run(registry.source(name), config, warehouse)

    assert {"north", "south"} < set(registry.names())
    assert (registry.kind("north"), registry.form("north")) == ("bucket", "python")
    assert registry.metadata("north") == registry.metadata("bucket")
    assert len(tables(warehouse, "north", ["visits"])["visits"]) == 1
    assert set(warehouse.state("south")) == {"visits"}


@pytest.mark.parametrize(
    ("instances", "words"),
    [
        ({"my shop": "postgres"}, "cannot be named"),
        ({"my_shop": "postgres"}, "cannot be named"),
        ({"git": "postgres"}, "git is a connector"),
        ({"shop": "postgre"}, "did you mean 'postgres'"),
        ({"a": "postgres", "b": "a"}, "no connector is named 'a'"),
    ],
)
def test_an_instance_that_cannot_be_is_refused(instances: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Registry(instances=instances)


SCHEMA = {"properties": {"url": {"airbyte_secret": True}, "deep": {"properties": {"key": {"airbyte_secret": True}}}}}


def test_references_become_secrets_wherever_they_stand() -> None:
    config = {"url": {"env": "URL"}, "deep": {"key": {"file": "k"}, "other": 1}, "list": [{"env": "X"}, "y"]}

    found = resolved(config, SCHEMA, lambda reference: f"<{next(iter(reference.values()))}>", "x")

    assert found == {"url": "<URL>", "deep": {"key": "<k>", "other": 1}, "list": ["<X>", "y"]}


@pytest.mark.parametrize("config", [{"url": "postgresql://me:word@host"}, {"deep": {"key": "word"}}])
def test_a_secret_that_is_written_out_is_refused_without_being_told(config: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as refused:
        resolved(config, SCHEMA, lambda _: "", "[connectors.x]")

    assert "word" not in str(refused.value)


def observatory(tmp_path: Path, *, with_models: bool = False) -> Path:
    for folder in ("connectors", "metrics"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    shutil.copytree(ROOT / "transform", tmp_path / "transform") if with_models else None
    file = tmp_path / "observer.toml"
    file.write_text("[observatory]\n")
    return file


@pytest.mark.parametrize("kind", ["postgres", "bucket", "http-file"])
def test_a_new_instance_has_a_section_and_models_that_parse(tmp_path: Path, kind: str) -> None:
    file = observatory(tmp_path, with_models=True)

    result = CliRunner().invoke(cli, ["--config", str(file), "connectors", "new", "my-items", "--from", kind])

    assert result.exit_code == 0, result.output
    settings = open_observatory(file).settings
    assert settings.instances == {"my-items": kind}
    assert settings.connectors["my-items"].enabled is False
    parse_project(tmp_path / "transform", tmp_path / "work")
    sources = yaml.safe_load((tmp_path / "transform/models/staging/my_items/my_items__sources.yml").read_text())
    assert sources["sources"][0]["tables"][0]["name"] == "my_items__items"


def test_models_are_written_for_what_an_existing_section_brings(tmp_path: Path) -> None:
    file = observatory(tmp_path, with_models=True)
    file.write_text(f"""
[connectors.drops]
use = "bucket"
location = "{CONNECTORS / "bucket" / "samples"}"
[[connectors.drops.streams]]
name = "scores"
file_match = 'scores/(?P<interval_timestamp>.*)\\.csv'
primary_key = ["account"]
""")

    result = CliRunner().invoke(cli, ["--config", str(file), "connectors", "new", "drops", "--from", "bucket"])

    assert result.exit_code == 0, result.output
    model = (tmp_path / "transform/models/staging/drops/stg_drops__scores.sql").read_text()
    assert (
        "account,\n        score,\n        _interval_at as interval_at,\n        _observed_at as observed_at" in model
    )


def test_names_that_sql_does_not_take_are_renamed() -> None:
    schema = {"properties": {name: {"type": "string"} for name in ("Id", "order", 'a"b', "createdAt", "2nd", "ID")}}

    files = staging_files("my-shop", {"streams": [{"name": "things", "json_schema": schema}]})

    model = files["stg_my_shop__things.sql"]
    assert (
        '"Id" as id,\n        "order" as column_order,\n        "a""b" as a_b,\n        "createdAt" as created_at'
        in model
    )
    assert '"2nd" as column_2nd,\n        "ID" as id_2' in model
    assert yaml.safe_load(files["my_shop__sources.yml"])


NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "age"), [(None, Age.NEVER), (1, Age.FRESH), (36, Age.FRESH), (37, Age.LATE), (97, Age.STALE)]
)
def test_the_age_of_a_last_success_is_told_by_what_is_expected(hours: int | None, age: Age) -> None:
    then = NOW - timedelta(hours=hours) if hours is not None else None

    assert age_of(then, NOW, 36, 96) is age
    assert age_of(then, NOW, None, None) in (Age.FRESH, Age.NEVER)


def test_the_last_sync_is_remembered_with_the_last_success() -> None:
    with temporary_postgres() as urls:
        log = SyncLog(urls.owner)
        empty = log.last()
        stream: dict[str, Any] = {"name": "a", "key": [], "is_incremental": False, "fields": []}
        log.record(SyncRecord("git", NOW, NOW, 7, 1, None, (stream,)))
        log.record(SyncRecord("git", NOW + timedelta(hours=1), None, 0, 0, "git: no answer"))

        last = SyncLog(urls.reader).last()["git"]

    assert empty == {}
    assert (last.succeeded_at, last.ended_at, last.error) == (NOW, NOW + timedelta(hours=1), "git: no answer")
    assert list(last.streams) == [stream]


def test_the_list_tells_schedule_and_expectation(tmp_path: Path) -> None:
    file = observatory(tmp_path)
    file.write_text("""
[connectors.shop]
use = "postgres"
schedule = "15 * * * *"
freshness = { warn_after_hours = 2, error_after_hours = 5 }
""")

    result = CliRunner().invoke(cli, ["--config", str(file), "connectors", "list", "--json"])

    rows = {row["connector"]: row for row in json.loads(result.output)}
    assert rows["git"] == {
        "connector": "git",
        "use": None,
        "form": "python",
        "enabled": False,
        "schedule": "0 4 * * *",
        "warn_after_hours": 36.0,
        "error_after_hours": 96.0,
    }
    assert (rows["shop"]["use"], rows["shop"]["schedule"], rows["shop"]["warn_after_hours"]) == (
        "postgres",
        "15 * * * *",
        2.0,
    )


def test_only_connectors_whose_time_has_come_are_due(tmp_path: Path) -> None:
    file = observatory(tmp_path)
    with temporary_postgres() as urls:
        file.write_text(f"""
[postgres]
url = "{urls.owner}"
[clock]
now = "2026-11-02T12:00:00"
[connectors.hourly]
use = "postgres"
schedule = "0 * * * *"
[connectors.daily]
use = "postgres"
[connectors.off]
use = "postgres"
enabled = false
""")
        found = open_observatory(file)
        never = found.due()
        for name in ("hourly", "daily", "oss-directory"):
            found.syncs().record(SyncRecord(name, NOW, NOW - timedelta(minutes=61), 0, 0, None))

        due = found.due()

    assert never == ["daily", "hourly", "oss-directory"]
    assert due == ["hourly"]
