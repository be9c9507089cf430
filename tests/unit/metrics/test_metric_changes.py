"""Builds of the metric tables over a real lake: each finds what changed since the one before and continues there."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tests.unit.metrics.brute_force import compare
from tests.unit.metrics.metric_models import INPUTS, ROOT, write_project, write_table
from tests.unit.metrics.random_worlds import ARTIFACTS, coverage_rows, event_row, item_row, world
from tests.unit.transform.killed_machine import killed_at

from observer.duckdb_extensions import extension_file
from observer.metrics import Catalogue, definition_rows, load_metrics
from observer.model.event import EventType
from observer.transform import BuildRequest, BuildResult, build

FIRST, AS_OF = date(2024, 6, 1), date(2024, 9, 2)
COMMIT = EventType.COMMIT_CODE
# Some of each kind; all of them are in the tests of compiled models.
METRICS = (
    *("commits", "issues_opened", "stars", "active_developers", "new_contributors", "full_time_developers"),
    *("commits_per_developer", "bus_factor", "churned_contributors", "self_merge_rate", "organization_share"),
    "star_count",
)
# Few events, so that metrics of kind sql are made in parts.
_VARS = (
    "vars: {as_of: '', dry_run: false, has_versions: false, project_digest: '', tail_from: '', "
    "metric_part_events: 50}\n"
)
_MODELS = """
models:
  observer:
    intermediate: {+schema: intermediate, +materialized: table}
    marts: {+schema: marts, +materialized: view}
"""


class Lake:
    """The metric models over tables that a test gives, in a lake of its own."""

    def __init__(self, folder: Path) -> None:
        self._path, self._data = f"ducklake:{folder / 'lake.ducklake'}", folder / "data"
        self._project, self._work = folder / "project", folder / "work"
        self._work.mkdir()
        write_project(self._project)
        shipped = (ROOT / "transform" / "dbt_project.yml").read_text()
        (self._project / "dbt_project.yml").write_text(shipped.partition("on-run-start:")[0] + _VARS + _MODELS)
        for relation in INPUTS:
            layer, name = relation.split(".")
            sql = f"select * from {{{{ source('raw', '{name}') }}}}"
            (self._project / "models" / layer / f"{name}.sql").write_text(sql)
        tables = "".join(f"      - name: {name}\n" for name in ("metrics__definitions", *map(_name, INPUTS)))
        (self._project / "models" / "sources.yml").write_text(
            f"sources:\n  - name: raw\n    schema: raw\n    tables:\n{tables}"
        )
        self.rows: list[Any] = []
        self.tables = dict(world([], []))

    def connect(self) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect()
        con.load_extension(str(extension_file("ducklake")))
        con.execute(f"attach '{self._path}' as lake (data_path '{self._data}/')")
        con.execute("use lake")
        return con

    def build(self, as_of: date, *, is_full: bool = False) -> BuildResult:
        with self.connect() as con:
            con.execute("create schema if not exists raw")
            write_table(con, "raw.metrics__definitions", definition_rows(_catalogue()))
            for relation, schema in INPUTS.items():
                rows = self.rows if relation == "intermediate.int_events_daily" else self.tables.get(relation, ())
                write_table(con, f"raw.{_name(relation)}", pa.Table.from_pylist(list(rows), schema=schema))
        request = BuildRequest(
            project_dir=self._project,
            work_dir=self._work,
            attach_path=self._path,
            attach_options={"data_path": f"{self._data}/"},
            extensions=("ducklake",),
            as_of=as_of,
            select=("path:models/intermediate", "path:models/marts"),
            is_full=is_full,
        )
        return build(request)

    def change(self) -> tuple[date | None, bool]:
        """The first day that the last build made anew, and whether its tables were made whole."""
        with self.connect() as con:
            row = con.execute(
                "select first_changed_day, (select count(*) > 0 from intermediate.int_metrics__day_neighbours) "
                "from intermediate.int_metrics__changes"
            ).fetchone()
        assert row is not None
        return row[0], row[1]

    def differences(self, as_of: date) -> list[str]:
        with self.connect() as con:
            return compare(con, as_of)


@cache
def _catalogue() -> Catalogue:
    everything = load_metrics(ROOT / "metrics")
    return Catalogue({name: everything.metric(name) for name in METRICS})


def _name(relation: str) -> str:
    return relation.partition(".")[2]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return lake_of_a_summer(tmp_path_factory.mktemp("changes"))


def lake_of_a_summer(folder: Path) -> Lake:
    """A lake that was built once as of AS_OF."""
    lake = Lake(folder)
    lake.rows = [
        event_row(FIRST + timedelta(days=n), kind, artifact, person, 1.0 + n % 3)
        for n in range((AS_OF - FIRST).days + 1)
        for artifact in ARTIFACTS[:2]
        for kind, person in ((COMMIT, "ada"), (EventType.ISSUE_OPENED, "grace"), (COMMIT, "renovate[bot]"))
        if (n * 7 + len(artifact) + len(person)) % 4
    ]
    stars = [(artifact, n) for artifact in ARTIFACTS[:2] for n in range(0, (AS_OF - FIRST).days, 13)]
    lake.rows += [event_row(FIRST + timedelta(days=n), EventType.STAR_COUNT, name, None, n) for name, n in stars]
    lake.tables = dict(world([], coverage_rows([("engine", "GITHUB", COMMIT, [(400, 0, 24)])]), [merged_by(None)]))
    lake.build(AS_OF)
    return lake


def merged_by(author: bool | None) -> Any:
    """A pull request that was merged eight days before AS_OF: by its author or not, or nobody tells."""
    opened = datetime.combine(AS_OF - timedelta(days=20), time())
    return item_row("pull_request", "engine", "person", opened, None, timedelta(days=12), None, author)


def member(organization: str, start: date, end: date | None = None) -> Any:
    """Ada in an organization."""
    names = ("user_id", "start_date", "end_date", "organization_name", "is_independent")
    return dict(zip(names, ("ada", start, end, organization, False), strict=True))


def made(result: BuildResult) -> set[str]:
    return {model.name for model in result.models if model.status != "unchanged" and "int_metrics__" in model.name}


def test_each_change_is_found_and_costs_what_it_touches(lake: Lake) -> None:
    """One after the other on one lake, as the days of an observatory."""
    assert lake.change() == (None, True)
    assert lake.differences(AS_OF) == []

    again = made(lake.build(AS_OF))
    assert not again & {"int_metrics__events", "int_metrics__sum", "int_metrics__sql", "int_metrics__ratio"}

    day = AS_OF + timedelta(days=1)
    lake.rows += [event_row(day, COMMIT, "engine", person, 3.0) for person in ("ada", "linus")]
    assert lake.build(day).metrics_since == day
    assert lake.change() == (day, False)
    assert lake.differences(day) == []

    late = day - timedelta(days=9)
    lake.rows += [
        event_row(late, COMMIT, "docs", "linus", 1.0),
        event_row(late, EventType.STAR_COUNT, "docs", None, 40),
    ]
    lake.build(day)
    assert lake.change() == (late, False)
    assert lake.differences(day) == []

    quiet = day + timedelta(days=3)
    lake.build(quiet)
    assert lake.change() == (day + timedelta(days=1), False)
    assert lake.differences(quiet) == []

    lake.tables["intermediate.int_items"] = [merged_by(True)]
    lake.build(quiet)
    assert lake.change() == (AS_OF - timedelta(days=8), False), "who merged was learned later"
    assert lake.differences(quiet) == []

    users = [dict(user) for user in lake.tables["intermediate.int_users"]]
    next(user for user in users if user["user_id"] == "linus")["user_class"] = "bot"
    lake.tables["intermediate.int_users"] = users
    lake.build(quiet)
    assert lake.change() == (late, False)
    assert lake.differences(quiet) == []

    lake.tables["intermediate.int_affiliations"] = [member("acme", AS_OF - timedelta(days=6))]
    lake.build(quiet)
    assert lake.change() == (AS_OF - timedelta(days=6), False), "somebody joined an organization"
    assert lake.differences(quiet) == []

    lake.tables["intermediate.int_affiliations"] = [member("acme", AS_OF - timedelta(days=6), AS_OF)]
    lake.build(quiet)
    assert lake.change() == (AS_OF + timedelta(days=1), False), "and left it"
    assert lake.differences(quiet) == []

    lake.tables["intermediate.int_affiliations"] = [
        member("acme", AS_OF - timedelta(days=6), AS_OF - timedelta(days=3)),
        member("globex", AS_OF - timedelta(days=2)),
    ]
    lake.build(quiet)
    assert lake.change() == (AS_OF - timedelta(days=2), False), "for another one, and earlier"
    assert lake.differences(quiet) == []
    assert not made(lake.build(quiet)) & {"int_metrics__events", "int_metrics__sql"}

    lake.rows = [row for row in lake.rows if row["bucket_day"] != quiet - timedelta(days=5)]
    lake.rows.append(event_row(FIRST, COMMIT, "docs", "ada", 99.0))
    lake.build(quiet)
    assert lake.change() == (None, True), "a restated day long ago makes everything anew"
    assert lake.differences(quiet) == []

    links = [link for link in lake.tables["intermediate.int_artifacts_by_entity"] if link["entity_id"] != "p2"]
    lake.tables["intermediate.int_artifacts_by_entity"] = links
    lake.build(quiet)
    assert lake.change() == (None, True), "another artifact of an entity makes everything anew"
    assert lake.differences(quiet) == []

    lake.build(AS_OF)
    assert lake.change() == (None, True), "an earlier day makes everything anew"
    assert lake.build(AS_OF, is_full=True).differing == ()


@pytest.mark.slow
def test_builds_that_are_killed_and_begun_again_continue_the_same_tables(tmp_path: Path) -> None:
    """Of a new day and of late events, killed at any statement: what is continued is what was there before."""
    lake, chance, kills = lake_of_a_summer(tmp_path), random.Random(5), 0
    changes = [
        (AS_OF + timedelta(days=1), AS_OF + timedelta(days=1)),
        (AS_OF + timedelta(days=3), AS_OF - timedelta(days=6)),
    ]
    for as_of, day in changes:
        lake.rows += [event_row(day, COMMIT, "engine", person, 3.0) for person in ("ada", "linus")]
        for _ in range(3):
            kills += killed_at(f"build.statement:{chance.randrange(40, 400)}", lake, "build", as_of)
        kills += killed_at("build.before_commit", lake, "build", as_of)
        lake.build(as_of)
        assert lake.differences(as_of) == []
    assert kills > 4
    assert lake.build(as_of, is_full=True).differing == ()
