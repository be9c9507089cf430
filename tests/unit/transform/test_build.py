"""Builds: the same rows twice, no data at all, failures that are named, nothing left in the project."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.transform.conftest import AS_OF
from tests.unit.transform.world import PROJECT, World, archive_file, event, listing, project

from observer.errors import BuildError, ContentError
from observer.model.published import PUBLISHED
from observer.transform import BuildRequest, build, fingerprint, lineage, models_table
from observer.transform.parse import parse_project

OTHERS = {
    "metrics",
    "contributor_retention",
    "contributions_by_organization",
    "dependents_by_collection",
    "invariants",
    "metric_evidence",
    "capture_rates",
    "metric_names",
    "timeseries_metrics",
    "timeseries_metrics_by_class",
    "key_metrics",
    "models",
    "connectors",
}
TABLES = [table for table in PUBLISHED if table.name not in OTHERS]


class Watcher:
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int | None]] = []

    def advance(self, label: str, *, done: int, total: int | None = None) -> None:
        self.seen.append((label, done, total))


def test_a_second_build_changes_no_row_and_the_unit_tests_of_the_models_hold(world: World) -> None:
    before = {table.name: sorted(map(str, world.rows(f"from marts.{table.name}"))) for table in TABLES}

    result = world.build(as_of=AS_OF, has_unit_tests=True)

    after = {table.name: sorted(map(str, world.rows(f"from marts.{table.name}"))) for table in TABLES}
    assert after == before
    assert {run.status for run in result.models} <= {"success", "unchanged"}
    assert result.checks > 50


def test_without_any_data_every_mart_is_there_as_it_is_published(tmp_path: Path, dbt_folder: Path) -> None:
    empty = World(tmp_path / "empty", dbt_folder)

    empty.build(as_of=date(2024, 1, 31))

    for table in TABLES:
        declared = [(column.name, column.type.value) for column in table.columns]
        columns = empty.rows(f"select column_name, column_type from (describe marts.{table.name})")
        assert columns == declared, table.name
        count = _stream_count() if table.name == "source_status" else 0
        assert empty.rows(f"select count(*) from marts.{table.name}") == [(count,)], table.name


def _stream_count() -> int:
    (file,) = (PROJECT / "models").rglob("int_streams.sql")
    return sum(line.startswith("    ('") for line in file.read_text(encoding="utf-8").splitlines())


def test_every_published_mart_describes_all_its_columns(world: World) -> None:
    described = {row["model_name"]: row for row in models_table(world.manifest).to_pylist()}

    for table in TABLES:
        for column in table.columns:
            assert f'"name": "{column.name}"' in str(described[table.name]["columns"]), (table.name, column.name)


def test_rows_of_a_restated_file_replace_those_of_its_earlier_content(tmp_path: Path, dbt_folder: Path) -> None:
    star = {"action": "started"}
    restated = World(tmp_path / "restated", dbt_folder)
    restated.fill(
        {
            "oss_directory__projects": [project("p")],
            "oss_directory__project_artifacts": [listing("p", "acme", "tool")],
            "github_archive__files": [archive_file(1, 1, sha256="new", loaded_sha256="new")],
            "github_archive__events": [
                event("gone", "WatchEvent", "1T01:00", (1, "acme/tool"), (7, "ann"), file_sha256="old", **star),
                event("kept", "WatchEvent", "1T01:30", (1, "acme/tool"), (8, "bob"), file_sha256="new", **star),
            ],
        }
    )

    restated.build(as_of=date(2024, 11, 1), select=["+events"])

    assert restated.rows("select event_source_id from marts.events") == [("kept",)]


def test_a_broken_model_is_named_with_its_file_and_reason(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "transform"
    shutil.copytree(PROJECT, copy)
    (copy / "models" / "marts" / "projects.sql").write_text("select nonsense from {{ ref('int_projects') }}")
    request = BuildRequest(copy, tmp_path / "work", world.path, AS_OF, {}, ("ducklake",), select=("int_projects+1",))

    with pytest.raises(BuildError) as caught:
        build(replace(request, select=("projects",), attach_options={"data_path": str(world.data_path)}))

    message = str(caught.value)
    assert message.startswith("transform/models/marts/projects.sql: model projects: Binder Error")
    assert "nonsense" in message
    assert world.path not in message


def test_a_failed_check_says_on_what_and_for_how_many_rows(tmp_path: Path, dbt_folder: Path) -> None:
    doubled = World(tmp_path / "doubled", dbt_folder)
    doubled.fill({"oss_directory__projects": [project("p"), project("p"), project("q"), project("q")]})

    found = r"on stg_oss_directory__projects found 2 rows\n  project_name=[pq], row_count=2"
    with pytest.raises(BuildError, match=found):
        doubled.build(as_of=AS_OF, select=["stg_oss_directory__projects"])


def test_a_failed_check_leaves_the_tables_of_the_build_before(tmp_path: Path, dbt_folder: Path) -> None:
    kept = World(tmp_path / "kept", dbt_folder)
    kept.fill({"oss_directory__projects": [project("p")]})
    kept.build(as_of=AS_OF, select=["+projects"])
    kept.fill({"oss_directory__projects": [project("q"), project("q")]})

    with pytest.raises(BuildError):
        kept.build(as_of=AS_OF, select=["+projects"])

    assert kept.rows("select project_name from intermediate.int_projects") == [("p",)]


def test_a_build_shows_its_progress_and_leaves_nothing_in_the_project(world: World, dbt_folder: Path) -> None:
    before = sorted(PROJECT.rglob("*"))
    watcher = Watcher()
    folder = Path.cwd()

    request = replace(world.request(AS_OF), select=("int_projects",))
    build(request, progress=watcher)

    assert [label.split("_int_")[0] for label, _, _ in watcher.seen] == ["int_projects", "primary_key"]
    assert all(total == 2 for _, _, total in watcher.seen)
    assert sorted(PROJECT.rglob("*")) == before
    assert Path.cwd() == folder
    assert world.path not in (dbt_folder / "profiles.yml").read_text()


def test_the_lineage_leads_from_a_mart_to_its_raw_tables(world: World) -> None:
    graph = lineage(world.manifest)

    names = [node.name for node in graph.upstream("repositories")]

    assert "raw.git__commits" in names
    assert "int_repositories" in names
    assert "events" not in names
    assert graph.nodes["events"].layer == "marts"


def test_models_come_with_the_sql_that_ran(world: World) -> None:
    rows = {row["model_name"]: row for row in models_table(world.manifest).to_pylist()}

    assert rows["events"]["layer"] == "marts"
    assert rows["events"]["depends_on"] == '["int_events"]'
    assert "{{ ref('int_events') }}" in rows["events"]["raw_sql"]
    assert '"lake"."intermediate"."int_events"' in rows["events"]["compiled_sql"]
    assert rows["int_events"]["materialization"] == "table"
    assert all("Grain: one row per" in row["description"] for row in rows.values() if "metric" not in row["model_name"])


def test_the_fingerprint_follows_the_content_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    for folder in (first, second):
        (folder / "models").mkdir(parents=True)
        (folder / "models" / "a.sql").write_text("select 1")
    (second / "target").mkdir()
    (second / "target" / "a.sql").write_text("select 2")

    assert fingerprint(first) == fingerprint(second)

    (second / "models" / "a.sql").write_text("select 3")
    assert fingerprint(first) != fingerprint(second)


def test_a_project_that_dbt_does_not_understand_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "transform"
    shutil.copytree(PROJECT, copy)
    (copy / "models" / "marts" / "odd.sql").write_text("select * from {{ ref('nowhere') }}")

    with pytest.raises(ContentError, match="nowhere"):
        parse_project(copy, tmp_path / "work")
