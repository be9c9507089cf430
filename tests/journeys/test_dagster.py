"""Dagster runs the same plan as the local runner and ends with the same tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from observer.cli.lifecycle import execute
from observer.cli.observatory import Observatory, open_observatory
from observer.errors import SourceError, TransientSourceError
from observer.pipeline.definitions import definitions
from observer.pipeline.steps import Parts, SyncTarget
from observer.testing.demo import DemoWorld, generate
from tests.journeys.conftest import END
from tests.journeys.test_kill import lay_out

pytestmark = pytest.mark.slow
LAST_DAY = date.fromisoformat(END)
NOW = "2026-11-16T06:00:00+00:00"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> DemoWorld:
    folder = tmp_path_factory.mktemp("dagster") / "world"
    return generate(folder, end=LAST_DAY, days=45, scale=0.05, days_a_file=1)


@pytest.fixture(scope="module")
def local(world: DemoWorld, tmp_path_factory: pytest.TempPathFactory) -> Observatory:
    """An observatory that the local runner brought up to date."""
    observatory = _observatory(tmp_path_factory.mktemp("local") / "local", world)
    assert execute(observatory).is_ok
    return observatory


@pytest.fixture(scope="module")
def orchestrated(world: DemoWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrated]:
    """The same, brought up to date by Dagster, with its own instance."""
    folder = tmp_path_factory.mktemp("orchestrated")
    observatory = _observatory(folder / "dagster", world)
    with dg.DagsterInstance.local_temp(str(folder), overrides={"telemetry": {"enabled": False}}) as instance:
        yield Orchestrated(observatory, instance)


@dataclass
class Orchestrated:
    """An observatory, its Dagster instance, and its jobs by name."""

    observatory: Observatory
    instance: Any

    def run(self, job: str, *, days: tuple[date, date] | None = None, raises: bool = True) -> Any:
        tags = None
        if days:
            tags = {
                "dagster/asset_partition_range_start": days[0].isoformat(),
                "dagster/asset_partition_range_end": days[1].isoformat(),
            }
        found = definitions(self.observatory).resolve_job_def(job)
        return found.execute_in_process(instance=self.instance, tags=tags, raise_on_error=raises)


def test_it_builds_the_tables_that_the_local_runner_builds(
    world: DemoWorld, local: Observatory, orchestrated: Orchestrated
) -> None:
    late = sorted(world.paths.archive.iterdir())[-5]
    held_back = orchestrated.observatory.settings.root / "world" / "archive" / late.name
    held_back.unlink()
    orchestrated.run("sync_oss_directory")
    start = LAST_DAY - timedelta(days=60)
    for day in (day for day in sorted(map(_day, world.paths.archive.iterdir())) if day < start):
        orchestrated.run("sync_github_archive", days=(day, day))
    orchestrated.run("sync_github_archive", days=(start, LAST_DAY))
    assert orchestrated.run("everything").success
    expected = tables(local)
    assert _differences(expected, tables(orchestrated.observatory))

    shutil.copy2(late, held_back)
    orchestrated.run("sync_github_archive", days=(_day(late), _day(late)))
    assert orchestrated.run("build_and_publish").success
    assert _differences(expected, tables(orchestrated.observatory)) == {}


def test_every_table_model_check_and_release_is_there(orchestrated: Orchestrated) -> None:
    found = definitions(orchestrated.observatory)
    dg.Definitions.validate_loadable(found)
    graph = found.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {"raw/git__commits", "raw/npm__packages", "marts/key_metrics", "release"} <= keys
    release = graph.get(dg.AssetKey("release"))
    assert dg.AssetKey(["marts", "projects"]) in release.parent_keys
    commits = graph.get(dg.AssetKey(["raw", "git__commits"]))
    assert commits.description
    assert graph.get(dg.AssetKey(["raw", "github_archive__events"])).partitions_def is not None
    checked = {key.asset_key.to_user_string() for key in graph.asset_check_keys}
    assert {"raw/git__commits", "marts/coverage"} & checked
    names = {schedule.name for schedule in found.schedules or ()}
    assert {"git_schedule", "oss_directory_schedule", "github_archive_schedule"} <= names


def test_reports_are_made_of_the_newest_release_and_not_again(orchestrated: Orchestrated) -> None:
    folder = orchestrated.observatory.insights_dir / "reports" / "demo-ecosystem"
    made = []
    for _ in range(2):
        assert orchestrated.run("reports").success
        (page,) = folder.glob("*/edition.json")
        made.append((page.parent.name, page.stat().st_mtime_ns, (page.parent / "report.pdf").stat().st_size > 10_000))

    assert made[0] == made[1] and made[0][2]


def test_an_upstream_that_fails_for_now_is_asked_again(
    orchestrated: Orchestrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _failing(orchestrated.observatory, monkeypatch, [TransientSourceError("the upstream is busy")])
    done = orchestrated.run("sync_oss_directory")
    assert done.success
    assert len(asked) == 2
    assert any(event.event_type_value == "STEP_UP_FOR_RETRY" for event in done.all_events)


def test_what_no_retry_mends_ends_the_run_with_its_reason(
    orchestrated: Orchestrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _failing(orchestrated.observatory, monkeypatch, [SourceError("there is no such folder")] * 9)
    done = orchestrated.run("sync_oss_directory", raises=False)
    assert not done.success
    assert len(asked) == 1
    (failure,) = _failures(done)
    assert "there is no such folder" in str(failure.step_failure_data)


def test_one_model_alone_is_built_again(orchestrated: Orchestrated) -> None:
    before = tables(orchestrated.observatory)
    found = definitions(orchestrated.observatory)
    job = found.resolve_implicit_global_asset_job_def()
    key = dg.AssetKey(["marts", "collections"])
    done = job.get_subset(asset_selection={key}).execute_in_process(instance=orchestrated.instance)
    assert done.success
    assert [event.asset_key for event in done.get_asset_materialization_events()] == [key]
    assert all(check.passed for check in done.get_asset_check_evaluations())
    assert tables(orchestrated.observatory) == before


def test_a_sync_that_is_too_old_is_seen_and_a_new_one_mends_it(orchestrated: Orchestrated) -> None:
    orchestrated.run("sync_oss_directory")
    assert _fresh(orchestrated, NOW)
    assert not _fresh(orchestrated, "2026-12-24T06:00:00+00:00")
    later = _at(orchestrated.observatory, "2026-12-24T05:00:00+00:00")
    Orchestrated(later, orchestrated.instance).run("sync_oss_directory")
    assert _fresh(orchestrated, "2026-12-24T06:00:00+00:00")


def _fresh(orchestrated: Orchestrated, now: str) -> bool:
    at = Orchestrated(_at(orchestrated.observatory, now), orchestrated.instance)
    done = at.run("freshness")
    found = [check for check in done.get_asset_check_evaluations() if "oss_directory" in check.asset_key.path[-1]]
    assert len(found) == 1
    return bool(found[0].passed)


def _observatory(folder: Path, world: DemoWorld) -> Observatory:
    root = lay_out(folder, world.paths.folder, archive=sorted(world.paths.archive.iterdir()))
    return _at(open_observatory(root / "observer.toml"), NOW)


def _at(observatory: Observatory, now: str) -> Observatory:
    clock = type(observatory.settings.clock).model_validate({"now": now})
    return replace(observatory, settings=observatory.settings.model_copy(update={"clock": clock}))


def _failing(observatory: Observatory, monkeypatch: pytest.MonkeyPatch, errors: list[Exception]) -> list[str]:
    """Makes the config of the directory's connector raise these errors, one each time that it is asked for."""
    asked: list[str] = []
    whole: Callable[..., Parts] = Observatory.parts

    def parts(self: Observatory, warehouse: Any, progress: Any) -> Parts:
        found = whole(self, warehouse, progress)

        def config(target: SyncTarget) -> Callable[[], Any]:
            def ask() -> Any:
                asked.append(target.source.name)
                if len(asked) <= len(errors):
                    raise errors[len(asked) - 1]
                return target.config()

            return ask

        return replace(found, targets=[replace(target, config=config(target)) for target in found.targets])

    monkeypatch.setattr(Observatory, "parts", parts)
    monkeypatch.setattr("observer.pipeline.definitions._FIRST_WAIT", 0)
    return asked


def _failures(done: Any) -> list[Any]:
    return [event for event in done.all_events if event.event_type_value == "STEP_FAILURE"]


def _day(file: Path) -> date:
    return date.fromisoformat(file.name[:10])


def _differences(expected: dict[str, tuple[int, str]], found: dict[str, tuple[int, str]]) -> dict[str, Any]:
    assert set(found) == set(expected)
    return {name: (expected[name], found[name]) for name in expected if expected[name] != found[name]}


def tables(observatory: Observatory) -> dict[str, tuple[int, str]]:
    """Row count and content hash of every mart, independent of the order of rows; times of the runs left out."""
    found = {}
    with observatory.warehouse() as warehouse:
        names = warehouse.query("select table_name from information_schema.tables where table_schema = 'marts'")
        for name in sorted(names.column(0).to_pylist()):
            query = f'select count(*) as n, coalesce(bit_xor(hash(t)), 0) as h from marts."{name}" as t'
            (row,) = warehouse.query(query).to_pylist()
            found[name] = (row["n"], str(row["h"]))
    return found
