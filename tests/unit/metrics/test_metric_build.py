"""The metric models in the whole dbt project, in a real lake: they build, their checks hold, the recount agrees."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.unit.metrics.brute_force import compare
from tests.unit.transform.conftest import AS_OF

from observer.metrics import Catalogue


def test_published_values_equal_the_recount(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select count(*) > 100 from marts.timeseries_metrics").fetchone() == (True,)

    assert compare(con, AS_OF) == []


def test_every_metric_is_in_the_catalogue_with_its_id(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    rows = con.execute("select metric_name, metric_id, event_types, sql from marts.metrics order by 1").fetchall()

    assert [row[0] for row in rows] == sorted(metric.name for metric in catalogue)
    assert all(len(row[1]) == 44 for row in rows)
    by_name = {row[0]: row for row in rows}
    assert by_name["comments"][2] == '["ISSUE_COMMENT","PULL_REQUEST_REVIEW_COMMENT"]'
    assert by_name["bus_factor"][3] == catalogue.metric("bus_factor").sql


def test_current_values_of_projects_and_collections_are_dense(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue
) -> None:
    counts = con.execute(
        "with dense as (select entity_type, entity_id from intermediate.int_metrics__entities "
        "where entity_type <> 'artifact') "
        "select (select count(*) from marts.key_metrics semi join dense using (entity_type, entity_id)), "
        "(select count(*) from dense), "
        "(select count(distinct sample_date) from marts.key_metrics)"
    ).fetchone()

    assert counts is not None
    assert counts[0] == counts[1] * len(catalogue) * 4
    assert counts[2] == 1


def test_current_values_of_artifacts_are_those_of_which_something_is_known(
    con: duckdb.DuckDBPyConnection, catalogue: Catalogue
) -> None:
    rows = con.execute(
        "select entity_id, metric_name, count(*), max(coverage_ratio), count(amount) from marts.key_metrics "
        "where entity_type = 'artifact' group by all"
    ).fetchall()

    assert rows
    assert {row[2] for row in rows} == {4}, "a metric is told at every window or at none"
    assert all(ratio > 0 or amounts for *_, ratio, amounts in rows)
    assert len(rows) < len({row[0] for row in rows}) * len(catalogue)


def test_documented_queries_recompute_the_values(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    con.execute("use lake.marts")

    for metric in catalogue:
        if metric.kind == "sql":
            continue
        published = con.execute(
            "select entity_id, bucket, amount from timeseries_metrics "
            "where metric_name = $1 and entity_type = 'project' and grain = 'month' order by all",
            [metric.name],
        ).fetchall()
        assert con.execute(f"select * from ({metric.sql}) order by all").fetchall() == published, metric.name


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("update intermediate.int_metrics__sum set amount = amount + 1 where grain = 'month'", "totals_add_up"),
        ("delete from intermediate.int_metrics__sum where grain = 'quarter'", "totals_add_up"),
        (
            "update intermediate.int_metrics__distinct_buckets set amount = amount * 9 where grain = 'all' "
            "and entity_key in "
            "(select entity_key from intermediate.int_metrics__entities where entity_type = 'project')",
            "parts_fit_whole",
        ),
        ("update marts.key_metrics set amount = 99 where grain = 'rolling_30_days'", "windows_grow"),
        ("update marts.key_metrics set state = 'zero' where state = 'unknown'", "state_without_reason"),
        ("update intermediate.int_metrics__sum set end_date = start_date - 1", "disjoint_runs"),
    ],
)
def test_a_broken_invariant_is_found_by_a_check_of_the_build(
    damage: str, check: str, compiled: Path, con: duckdb.DuckDBPyConnection
) -> None:
    queries = [file.read_text() for file in compiled.rglob(f"{check}_*.sql")]

    con.execute("begin")
    before = [con.execute(query).fetchall() for query in queries]
    con.execute(damage)
    after = [con.execute(query).fetchall() for query in queries]
    con.execute("rollback")

    assert queries
    assert not any(before)
    assert any(after)
