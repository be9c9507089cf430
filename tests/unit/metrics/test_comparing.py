"""Any definition is recomputed from what a build leaves, and two are laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from tests.unit.metrics.metric_models import ROOT, MetricModels
from tests.unit.metrics.random_worlds import (
    ARTIFACTS,
    AS_OF,
    FIRST,
    MEMBERS,
    PEOPLE,
    event_row,
    item_row,
    streak_rows,
    world,
)

from observer.errors import ContentError, NotFoundError, WarehouseError
from observer.metrics import Catalogue
from observer.metrics.catalogue import load_definition
from observer.metrics.recount import CLASS_KEYS, recount_sql
from observer.model.event import EventType
from observer.model.metric import Grain
from observer.warehouse.side_by_side import Comparison, Difference, compare_queries

RIVAL = """\
name: committers_of_five
version: 1
title: Committers of five
unit: people
summary: People with at least five commits in the period.
description: As an organization counts that leaves out those with fewer.
owner: Somebody else
kind: sql
events: [COMMIT_CODE]
grains: [month, all]
headline_grain: all
caveats: [It leaves out most people.]
examples:
  - title: None
    as_of: 2024-01-31
    events: [{day: 2024-01-01, type: COMMIT_CODE, to: a}]
    empty: [{entity: a, grain: all}]
"""
RIVAL_SQL = """\
select entity_key, bucket_key, count(*) as amount
from (
    select e.entity_key, b.bucket_key, e.user_key
    from events as e inner join bucket_days as b on b.day = e.day
    where e.user_key is not null
    group by e.entity_key, b.bucket_key, e.user_key
    having sum(e.amount) >= 5
) as people
group by entity_key, bucket_key
"""


@pytest.fixture(scope="module")
def built(metric_models: MetricModels) -> Iterator[duckdb.DuckDBPyConnection]:
    """A world with events of every type on many days, and the names of its entities."""
    rows = [
        event_row(FIRST + timedelta(days=day), kind, artifact, person, 1.0 + day % 3)
        for day in range(0, 280, 7)
        for number, artifact in enumerate(ARTIFACTS[:3])
        for index, person in enumerate(PEOPLE)
        for kind in list(EventType)[(day + number + index) % 3 :: 3]
    ]
    for start in (date(2024, 1, 1), date(2024, 4, 1)):
        rows += streak_rows(start, "engine", "solo", 25, 1)
    rows += [
        event_row(date(2024, 2, 2), EventType.CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT, artifact, "solo", amount)
        for artifact in ARTIFACTS[:3]
        for amount in (20.0, 200.0)
    ]
    opened = datetime(2024, 1, 3, 9)
    items = [
        item_row(
            kind,
            artifact,
            "person",
            opened + timedelta(days=n),
            timedelta(hours=n),
            wait and timedelta(2),
            wait,
            n % 4 == 1,
        )
        for n, (kind, artifact) in enumerate([("issue", "engine"), ("pull_request", "docs")] * 9)
        for wait in (None, timedelta(days=n))
    ]
    con = metric_models.run(AS_OF, world(rows, [], items, MEMBERS))
    for kind, plural in (("project", "projects"), ("collection", "collections")):
        con.execute(
            f"create table intermediate.int_{plural} as select {kind}_id, 'name of ' || {kind}_id as {kind}_name "
            f"from marts.{plural}"
        )
    yield con
    con.close()


def test_every_metric_is_recomputed_as_it_was_built(built: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    built.execute("set search_path = 'small.marts,small.intermediate'")
    empty = []
    for metric in catalogue:
        grain = Grain.MONTH if Grain.MONTH in metric.grains else metric.grains[0]
        query = recount_sql(metric, grain, catalogue)
        rows = built.execute(
            "select entity_type, entity_id, bucket, amount from timeseries_metrics "
            "where metric_name = $1 and grain = $2 order by all",
            [metric.name, str(grain)],
        ).fetchall()
        assert built.execute(f"select * from ({query}) order by all").fetchall() == rows, metric.name
        empty += [] if rows else [metric.name]

    assert empty == []


def test_a_definition_that_was_never_built_is_laid_beside_one_that_was(
    built: duckdb.DuckDBPyConnection, catalogue: Catalogue, tmp_path: Path
) -> None:
    (tmp_path / "rival.yaml").write_text(RIVAL)
    (tmp_path / "rival.sql").write_text(RIVAL_SQL)
    rival = load_definition(tmp_path / "rival.yaml", catalogue)
    ours = catalogue.metric("active_developers")

    def compared(name: str | None, entity_type: str = "project", limit: int = 20) -> Comparison:
        left, right = (recount_sql(metric, Grain.MONTH, catalogue) for metric in (ours, rival))
        return compare_queries(built, left, right, entity_type, name, catalog="small", limit=limit)

    everything = compared(None)
    one = compared("name of p2", limit=1)
    rows = built.execute(
        """
        with people as (
            select e.from_artifact_id, date_trunc('month', bucket_day)::date as bucket, sum(amount) as amount
            from intermediate.int_events_daily e join intermediate.int_users u on user_id = from_artifact_id
            join intermediate.int_artifacts_by_entity l on l.artifact_id = to_artifact_id
            where event_type = 'COMMIT_CODE' and user_class = 'person' and entity_type = 'project' and entity_id = 'p2'
            group by all
        )
        select bucket, count(*), nullif(count_if(amount >= 5), 0) from people group by all order by all
        """
    ).fetchall()
    unequal = [row for row in rows if row[1] != row[2]]
    assert unequal
    assert one.compared == len(rows)
    assert one.equal == len(rows) - len(unequal)
    assert one.only_left + one.differing == len(unequal)
    (largest,) = one.differences
    assert largest in [Difference("name of p2", str(bucket), left, right) for bucket, left, right in unequal]
    assert everything.compared > one.compared
    assert everything.only_right == 0
    assert compared(None, "collection").compared > 0


def test_a_definition_is_equal_to_itself(built: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    query = recount_sql(load_definition(ROOT / "metrics/code/commits.yaml", catalogue), Grain.WEEK, catalogue)

    comparison = compare_queries(built, query, query, "project", None, catalog="small", limit=5)

    assert comparison.equal == comparison.compared > 0
    assert comparison.differences == ()


def test_what_cannot_be_compared_is_told(
    built: duckdb.DuckDBPyConnection, catalogue: Catalogue, tmp_path: Path
) -> None:
    query = recount_sql(catalogue.metric("commits"), Grain.MONTH, catalogue)

    with pytest.raises(ContentError, match="has no grain day"):
        recount_sql(catalogue.metric("burstiness"), Grain.DAY, catalogue)
    with pytest.raises(NotFoundError, match="there is no file"):
        load_definition(tmp_path / "nothing.yaml", catalogue)
    with pytest.raises(WarehouseError, match="there is no project 'nobody'"):
        compare_queries(built, query, query, "project", "nobody", catalog="small", limit=5)
    with pytest.raises(WarehouseError, match="the query fails"):
        compare_queries(built, query, "select 1 as x", "project", None, catalog="small", limit=5)


def test_models_and_queries_agree_on_the_numbers_of_classes() -> None:
    macro = (ROOT / "transform/macros/metrics/metric_classes.sql").read_text()

    assert ", ".join(f"'{each}': {key}" for each, key in CLASS_KEYS.items()) in macro
