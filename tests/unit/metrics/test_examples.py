"""Every example of every metric file is what the models compute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

import duckdb
import pytest
from tests.unit.metrics.metric_models import ROOT, MetricModels

from observer.metrics import load_metrics
from observer.model.metric import Example, Grain, Kind
from observer.model.people import class_of_example

CATALOGUE = load_metrics(ROOT / "metrics")
EXAMPLES = {
    f"{metric.name}-{index}": (metric.name, example)
    for metric in CATALOGUE
    for index, example in enumerate(metric.examples, start=1)
}
Tables = dict[str, list[dict[str, object]]]
Worlds = Callable[[str], duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def world_of(metric_models: MetricModels) -> Iterator[Worlds]:
    """The world in which an example lies, with others of the same days; each has names of its own."""
    worlds: dict[tuple[date, date | None], duckdb.DuckDBPyConnection] = {}

    def find(case: str) -> duckdb.DuckDBPyConnection:
        bounds = bounds_of(*EXAMPLES[case])
        if bounds not in worlds:
            tables: Tables = defaultdict(list)
            for name, each in EXAMPLES.items():
                if bounds_of(*each) == bounds:
                    add_tables(tables, name, each[1])
            worlds[bounds] = metric_models.run(bounds[0], tables)
        return worlds[bounds]

    yield find
    for con in worlds.values():
        con.close()


@pytest.mark.parametrize("case", EXAMPLES)
def test_example_rows_are_what_the_models_compute(case: str, world_of: Worlds) -> None:
    name, example = EXAMPLES[case]

    con = world_of(case)

    mentioned = {(row.entity, row.grain) for row in example.rows} | set(example.empty)
    expected = sorted((row.entity, str(row.grain), row.bucket, row.amount) for row in example.rows)
    computed = sorted(row for key in sorted(mentioned) for row in series(con, name, case, *key))
    assert computed == expected


def bounds_of(name: str, example: Example) -> tuple[date, date | None]:
    """The last day, and the first one where it matters: queries may divide by the days of the whole time."""
    grains = {row.grain for row in example.rows} | {grain for _, grain in example.empty}
    if CATALOGUE.metric(name).kind is not Kind.SQL or Grain.ALL not in grains:
        return example.as_of, None
    return example.as_of, min((event.day for event in example.events), default=None)


def series(con: duckdb.DuckDBPyConnection, metric: str, case: str, entity: str, grain: str) -> list[tuple[object, ...]]:
    rows = con.execute(
        "select grain, bucket, amount from marts.timeseries_metrics "
        "where metric_name = $1 and entity_id = $2 and grain = $3",
        [metric, f"{case}/{entity}", str(grain)],
    ).fetchall()
    return [(entity, *row) for row in rows]


def add_tables(tables: Tables, case: str, example: Example) -> None:
    """Adds the rows of one example to the tables of its world."""
    artifacts = sorted({row.artifact for row in (*example.events, *example.items)})
    people = sorted({event.person for event in example.events if event.person})
    links = [("artifact", artifact, artifact) for artifact in artifacts]
    links += [("project", "example", artifact) for artifact in artifacts]
    links += [("collection", "examples", artifact) for artifact in artifacts]
    tables["intermediate.int_events_daily"] += [
        {
            "bucket_day": event.day,
            "event_type": event.type.value,
            "event_source": "GITHUB",
            "to_artifact_id": f"{case}/{event.artifact}",
            "from_artifact_id": f"{case}/{event.person}" if event.person else None,
            "amount": event.amount,
            "event_count": 1,
            "basis": "git",
        }
        for event in example.events
    ]
    tables["intermediate.int_items"] += [
        {
            "to_artifact_id": f"{case}/{item.artifact}",
            "item_kind": item.kind,
            "author_class": class_of_example(item.person).value,
            "opened_at": item.opened,
            "first_response_at": item.responded,
            "merged_at": item.merged,
            "closed_at": item.closed,
            "is_merged_by_author": None if item.merged_by is None else item.merged_by == item.person,
        }
        for item in example.items
    ]
    tables["intermediate.int_affiliations"] += [
        {
            "user_id": f"{case}/{given.person}",
            "start_date": given.since or date(1900, 1, 1),
            "end_date": given.until,
            "organization_name": given.organization or "independent",
            "is_independent": given.organization is None,
        }
        for given in example.affiliations
    ]
    tables["intermediate.int_users"] += [
        {"user_id": f"{case}/{person}", "user_class": class_of_example(person).value} for person in people
    ]
    tables["intermediate.int_artifacts_by_entity"] += [
        {"entity_type": kind, "entity_id": f"{case}/{entity}", "artifact_id": f"{case}/{artifact}"}
        for kind, entity, artifact in links
    ]
    tables["marts.artifacts"] += [
        {"artifact_id": f"{case}/{artifact}", "artifact_type": "REPOSITORY"} for artifact in artifacts
    ]
    tables["marts.projects"].append({"project_id": f"{case}/example"})
    tables["marts.collections"].append({"collection_id": f"{case}/examples"})
