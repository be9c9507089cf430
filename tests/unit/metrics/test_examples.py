"""Every example of every metric file is what the models compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pytest
from tests.unit.metrics.metric_models import ROOT, MetricModels

from observer.metrics import load_metrics
from observer.model.metric import Example
from observer.model.people import class_of_example

CASES = [
    pytest.param(metric.name, example, id=f"{metric.name}-{index}")
    for metric in load_metrics(ROOT / "metrics")
    for index, example in enumerate(metric.examples, start=1)
]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_example_rows_are_what_the_models_compute(name: str, example: Example, metric_models: MetricModels) -> None:
    con = metric_models.run(example.as_of, tables_of(example))

    mentioned = {(row.entity, row.grain) for row in example.rows} | set(example.empty)
    expected = sorted((row.entity, str(row.grain), row.bucket, row.amount) for row in example.rows)
    computed = sorted(row for key in sorted(mentioned) for row in series(con, name, *key))
    assert computed == expected


def series(con: duckdb.DuckDBPyConnection, metric: str, entity: str, grain: str) -> list[tuple[object, ...]]:
    return con.execute(
        "select entity_id, grain, bucket, amount from marts.timeseries_metrics "
        "where metric_name = $1 and entity_id = $2 and grain = $3",
        [metric, entity, str(grain)],
    ).fetchall()


def tables_of(example: Example) -> Mapping[str, Sequence[Mapping[str, object]]]:
    artifacts = sorted({event.artifact for event in example.events})
    people = sorted({event.person for event in example.events if event.person})
    links = [("artifact", artifact, artifact) for artifact in artifacts]
    links += [("project", "example", artifact) for artifact in artifacts]
    links += [("collection", "examples", artifact) for artifact in artifacts]
    return {
        "intermediate.int_events_daily": [
            {
                "bucket_day": event.day,
                "event_type": event.type.value,
                "event_source": "GITHUB",
                "to_artifact_id": event.artifact,
                "from_artifact_id": event.person,
                "amount": event.amount,
                "event_count": 1,
                "basis": "git",
            }
            for event in example.events
        ],
        "intermediate.int_users": [
            {"user_id": person, "user_class": class_of_example(person).value} for person in people
        ],
        "intermediate.int_artifacts_by_entity": [
            {"entity_type": kind, "entity_id": entity, "artifact_id": artifact} for kind, entity, artifact in links
        ],
        "marts.artifacts": [{"artifact_id": artifact, "artifact_type": "REPOSITORY"} for artifact in artifacts],
        "marts.projects": [{"project_id": "example"}],
        "marts.collections": [{"collection_id": "examples"}],
    }
