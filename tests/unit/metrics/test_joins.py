"""No outer join of a model goes through all pairs of rows: that is quadratic, and seen only in large data.

DuckDB looks keys up only where every condition compares one side with the other. `a.kind = 'x' and a.key = b.key` does
not: `case when a.kind = 'x' then a.key end = b.key` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
from tests.unit.metrics.metric_models import MetricModels
from tests.unit.metrics.random_worlds import AS_OF, MEMBERS, PEOPLE, event_row, world

from observer.metrics import Catalogue
from observer.metrics.recount import recount_sql
from observer.model.event import EventType

PAIR_BY_PAIR = "BLOCKWISE_NL_JOIN"


def _operators(plan: dict[str, object]) -> Iterator[tuple[str, str]]:
    yield str(plan["name"]), json.dumps(plan.get("extra_info"))
    children = plan.get("children", [])
    assert isinstance(children, list)
    for child in children:
        yield from _operators(child)


def _joined_pair_by_pair(con: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    row = con.execute(f"explain (format json) {sql}").fetchone()
    assert row is not None
    operators = (found for plan in json.loads(row[1]) for found in _operators(plan))
    joins = [about for name, about in operators if name.strip() == PAIR_BY_PAIR]
    # What is joined without any condition is one row.
    return [about for about in joins if "INNER" not in about and '"Condition": "true"' not in about]


# A small world has tables without rows, and what is known to give none is not joined at all.
_READ_ALL = "set disabled_optimizers = 'empty_result_pullup,statistics_propagation'"


def test_no_outer_join_of_a_model_goes_pair_by_pair(con: duckdb.DuckDBPyConnection, compiled: Path) -> None:
    con.execute(_READ_ALL)
    files = sorted(path for path in compiled.rglob("*.sql") if path.parent.suffix != ".yml")

    found = {path.stem: _joined_pair_by_pair(con, path.read_text(encoding="utf-8")) for path in files}

    assert len(found) > 200
    assert not [f"{name}: {join}" for name, joins in found.items() for join in joins]


def test_nor_does_one_of_a_day_that_is_added(metric_models: MetricModels) -> None:
    events = [event_row(AS_OF, EventType.COMMIT_CODE, "engine", PEOPLE[0], 1)]
    with metric_models.run(AS_OF, world(events, [], affiliations=MEMBERS)) as con:
        con.execute(_READ_ALL)
        statements = [(name, sql) for name, sql in metric_models.statements(AS_OF, con, AS_OF) if " from " in sql]
        found = [f"{name}: {join}" for name, sql in statements for join in _joined_pair_by_pair(con, sql)]

    assert len(statements) > 20
    assert not found


def test_nor_does_one_of_a_recount(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    con.execute(_READ_ALL)
    con.execute("use lake.intermediate")

    found = {
        metric.name: _joined_pair_by_pair(con, recount_sql(metric, metric.grains[0], catalogue)) for metric in catalogue
    }

    assert not {name: joins for name, joins in found.items() if joins}


def test_an_outer_join_with_another_condition_is_found(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create temp table spans as select 1 as key, date '2024-01-01' as start_date, null::date as end_date")
    con.execute("create temp table days as select 1 as key, date '2024-02-01' as day")
    join = "select * from days left join spans on spans.key = days.key and spans.start_date <= days.day and "

    assert _joined_pair_by_pair(con, f"{join} (end_date is null or end_date >= day)")
    assert not _joined_pair_by_pair(con, f"{join} coalesce(end_date, date '9999-12-31') >= day")
