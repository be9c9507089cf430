"""The coverage of entities is that of their artifacts, day by day and source by source."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from observer.publishing.derived import DERIVED
from observer.publishing.engine import open_engine

ORIGIN = date(2024, 1, 1)
ARTIFACTS = {"a": ("p",), "b": ("p", "q"), "c": ("q",), "d": ()}
TYPES = ("COMMIT_CODE", "STARRED")
Run = tuple[str, str, str, int, int, int | None, int, str]


def _runs(seed: int) -> list[Run]:
    """Runs of days that do not overlap within a source: artifact, source, type, start, end, expected, seen, state."""
    draw = random.Random(seed)
    runs: list[Run] = []
    for artifact in "abc":
        for source in ("GIT", "GITHUB_ARCHIVE"):
            for kind in TYPES:
                day = draw.randrange(8)
                while day < 40 and draw.random() < 0.85:
                    end = day + draw.randrange(6)
                    state = draw.choice(["value", "zero", "unknown"])
                    whole = 24 * (end - day + 1)
                    expected, seen = draw.choice([(None, 0), (whole, whole), (whole, whole // 2)])
                    runs.append((artifact, source, kind, day, end, expected, seen, state))
                    day = end + 1 + draw.choice([0, 0, 3])
    return runs


def _share(run: Run) -> float:
    *_, expected, seen, state = run
    if not expected:
        return 0.0 if state == "unknown" else 1.0
    return min(1.0, seen / expected)


def _expected(runs: list[Run], artifacts: set[str], kind: str, day: int) -> tuple[int, float]:
    seen = [run for run in runs if run[2] == kind and run[3] <= day <= run[4]]
    best = [max((_share(run) for run in seen if run[0] == artifact), default=0.0) for artifact in artifacts]
    return sum(share == 1 for share in best), sum(share for share in best if share < 1)


@pytest.mark.parametrize("seed", range(8))
def test_each_day_of_an_entity_has_the_shares_of_its_artifacts(tmp_path: Path, seed: int) -> None:
    runs = _runs(seed)
    select = next(select for table, select in DERIVED if table.name == "entity_coverage")
    with open_engine(tmp_path / "spill") as engine:
        engine.execute("create table artifacts (artifact_id text, artifact_type text)")
        engine.executemany("insert into artifacts values (?, 'REPOSITORY')", [(name,) for name in ARTIFACTS])
        engine.execute("create table artifacts_by_project (project_id text, artifact_id text)")
        links = [(project, name) for name, projects in ARTIFACTS.items() for project in projects]
        engine.executemany("insert into artifacts_by_project values (?, ?)", links)
        engine.execute("create table artifacts_by_collection (collection_id text, artifact_id text)")
        engine.executemany("insert into artifacts_by_collection values ('everything', ?)", [(n,) for n in ARTIFACTS])
        engine.execute("create table metrics (event_types text)")
        engine.execute("insert into metrics values (?)", [json.dumps(TYPES)])
        engine.execute(
            "create table coverage (artifact_id text, event_source text, event_type text, start_date date, "
            "end_date date, expected_count bigint, seen_count bigint, state text)"
        )
        engine.executemany(
            "insert into coverage values (?, ?, ?, ?, ?, ?, ?, ?)",
            [(*run[:3], *(ORIGIN + timedelta(days=day) for day in run[3:5]), *run[5:]) for run in runs],
        )
        found = engine.execute(select).fetchall()
    entities = {("artifact", name): {name} for name in ARTIFACTS}
    entities |= {("project", p): {n for n, ps in ARTIFACTS.items() if p in ps} for p in "pq"}
    entities[("collection", "everything")] = set(ARTIFACTS)
    for (entity_type, entity), artifacts in entities.items():
        for kind in TYPES:
            own = [row for row in found if row[:3] == (entity_type, entity, kind)]
            assert {row[7] for row in own} <= {len(artifacts)}
            for day in range(60):
                at = ORIGIN + timedelta(days=day)
                cells = [row for row in own if row[3] <= at <= row[4]]
                assert len(cells) <= 1
                covered, partial = (cells[0][5], cells[0][6]) if cells else (0, 0.0)
                assert (covered, pytest.approx(partial)) == _expected(runs, artifacts, kind, day)
