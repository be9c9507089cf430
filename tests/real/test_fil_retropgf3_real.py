"""The published table of FIL RetroPGF3 follows from its events by metric files alone."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.metrics.metric_models import MetricModels, own_models

from observer.metrics import definition_rows, load_metrics

pytestmark = pytest.mark.real_data

AS_OF = date(2025, 9, 30)
MONTHS = 6
METRIC = """\
name: {name}
version: 1
title: {name}
unit: people
summary: Different users; it leaves out nobody.
description: As the round defined it.
owner: FIL RetroPGF3
kind: distinct
events: [{events}]
grains: [{grain}]
headline_grain: all
caveats:
  - Bots are in it.
examples:
  - title: One user
    as_of: 2025-04-02
    events:
      - {{day: 2025-04-01, type: {first}, to: engine, from: ada}}
    rows:
      - {{entity: engine, grain: month, bucket: 2025-04-01, amount: 1}}
"""
CODE = ("COMMIT_CODE", "PULL_REQUEST_MERGED", "PULL_REQUEST_OPENED")
METRICS = {
    "Stars (6 Months)": ("round_stars", ("STARRED",)),
    "Forks (6 Months)": ("round_forks", ("FORKED",)),
    "Contributor Count (6 Months)": ("round_contributors", (*CODE, "ISSUE_OPENED")),
    "Avg Monthly Active Devs (6 Months)": ("round_developers", CODE),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> MetricModels:
    """The models of this checkout with the metrics of the round in place of the catalogue's."""
    folder = tmp_path_factory.mktemp("round") / "metrics"
    folder.mkdir()
    for name, events in METRICS.values():
        text = METRIC.format(name=name, events=", ".join(events), first=events[0], grain="month, all")
        (folder / f"{name}.yaml").write_text(text)
    return replace(own_models(), definitions=definition_rows(load_metrics(folder)))


def test_the_published_table_is_reproduced(models: MetricModels, real_data: Path) -> None:
    folder = real_data / "algorithms/fil_retropgf3"
    with gzip.open(folder / "github_events.csv.gz", "rt", encoding="utf-8") as file:
        events = list(csv.DictReader(file))
    with (folder / "summary_metrics.csv").open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    repositories = sorted({row["git_repo"] for row in events})

    con = models.run(AS_OF, tables(events, repositories))

    computed: dict[tuple[str, str], float] = {}
    for column, (name, _) in METRICS.items():
        grain = "month" if column.startswith("Avg") else "all"
        rows = con.execute(
            "select entity_id, sum(amount) from marts.timeseries_metrics "
            "where metric_name = $1 and entity_type = 'artifact' and grain = $2 group by entity_id",
            [name, grain],
        ).fetchall()
        computed |= {(repository, column): float(amount) for repository, amount in rows}
    assert len(events) == 11034
    assert len(published) == 121
    compared = 0
    for row in published:
        repository = row["GitHub URL"].removeprefix("https://github.com/")
        for column in METRICS:
            value = computed.get((repository, column))
            if value is not None and column.startswith("Avg"):
                value = round(value / MONTHS, 1)
            # An empty cell is a repository without any such event.
            assert value == (float(row[column]) if row[column] else None), (repository, column)
            compared += value is not None
    assert compared > 150


def tables(events: list[dict[str, str]], repositories: list[str]) -> dict[str, list[dict[str, object]]]:
    return {
        "intermediate.int_events_daily": [
            {
                "bucket_day": date.fromisoformat(row["date"][:10]),
                "event_type": row["event_type"],
                "event_source": "GITHUB",
                "to_artifact_id": row["git_repo"],
                "from_artifact_id": row["git_user"],
                "amount": float(row["amount"]),
                "event_count": 1,
                "basis": "archive",
            }
            for row in events
        ],
        "marts.artifacts": [{"artifact_id": name, "artifact_type": "REPOSITORY"} for name in repositories],
    }
