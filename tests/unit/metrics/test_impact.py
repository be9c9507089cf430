"""Proposed impact metrics: what does not conform is told with its line, what conforms runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from tests.unit.metrics.metric_models import ROOT

from observer.cli.content import model_names
from observer.errors import ContentError, WarehouseError
from observer.metrics.impact import check_result, read_proposal, shape_of
from observer.warehouse.trial import Trial, try_query

MODELS = model_names(ROOT / "transform")
SAMPLES = ROOT / "metrics" / "impact"
YAML = """\
name: STARS_90D
title: Stars in 90 days
description: Counts stars. It leaves out those taken back.
tags: [stars]
period: 90 days
"""
SQL = """\
-- Stars of all time, for the test.
select p.project_id, 'STARS_90D' as impact_metric, 1.0 as amount
from projects as p
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """Three projects: p1 with two repositories, p2 with one and a contract, p3 with nothing."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as lake; create schema lake.marts; create schema lake.intermediate;
            create table lake.marts.projects as select unnest(['p1', 'p2', 'p3']) as project_id;
            create table lake.marts.artifacts as select unnest(['a', 'b', 'c', 'x']) as artifact_id;
            create table lake.marts.artifacts_by_project as from (values
                ('a', 'p1', 'c1'), ('a', 'p1', 'c2'), ('b', 'p1', 'c1'), ('c', 'p2', 'c1'), ('x', 'p2', 'c1')
            ) as t (artifact_id, project_id, collection_id);
            create table lake.marts.events_daily as from (values
                (date '2024-03-31', 'FORKED', 'GITHUB', 'a', 2.0), (date '2024-01-01', 'FORKED', 'GITHUB', 'b', 3.0),
                (date '2023-09-30', 'FORKED', 'GITHUB', 'b', 9.0), (date '2023-10-01', 'FORKED', 'GITHUB', 'c', 4.0),
                (date '2024-04-01', 'FORKED', 'GITHUB', 'c', 50.0),
                (date '2024-01-10', 'COMMIT_CODE', 'GITHUB', 'c', 1.0),
                (date '2024-01-20', 'COMMIT_CODE', 'GITHUB', 'a', 1.0),
                (date '2024-01-13', 'CONTRACT_INVOCATION_DAILY_COUNT', 'BASE', 'x', 7.0),
                (date '2024-01-08', 'CONTRACT_INVOCATION_DAILY_COUNT', 'OPTIMISM', 'x', 7.0)
            ) as t (bucket_day, event_type, event_source, to_artifact_id, amount);
            create table lake.marts.key_metrics as from (values
                ('issues_closed', 'project', 'p1', 'rolling_90_days', date '2024-03-31', 12.0),
                ('full_time_developers', 'project', 'p1', 'rolling_90_days', date '2024-03-31', 8.0),
                ('full_time_developers', 'project', 'p1', 'all', date '2024-03-31', 1.0),
                ('issues_closed', 'project', 'p2', 'rolling_90_days', date '2024-03-31', 5.0),
                ('full_time_developers', 'project', 'p2', 'rolling_90_days', date '2024-03-31', 0.0)
            ) as t (metric_name, entity_type, entity_id, grain, sample_date, amount);
            """
        )
        yield connection


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("forked_6m", {("p1", 5.0), ("p2", 4.0), ("p3", None)}),
        ("forked_6m_by_artifact", {("a", 2.0), ("b", 3.0), ("c", 4.0), ("x", None)}),
        (
            "days_from_first_commit_to_first_txn",
            {("p1", None, None), ("p2", "BASE", 3), ("p2", "OPTIMISM", -2), ("p3", None, None)},
        ),
        ("issues_closed_per_full_time_contributor_90d", {("p1", 1.5), ("p2", None), ("p3", None)}),
    ],
)
def test_samples_conform_and_give_what_they_say(
    stem: str, expected: set[tuple[object, ...]], con: duckdb.DuckDBPyConnection
) -> None:
    proposal = read_proposal(SAMPLES / f"{stem}.yaml", MODELS)

    trial = try_query(con, proposal.sql, proposal.text.entity, catalog="lake")

    keys = [name for name in proposal.key if name != "impact_metric"]
    assert set(zip(*(trial.rows.column(name).to_pylist() for name in [*keys, "amount"]), strict=True)) == expected
    assert trial.as_of == date(2024, 3, 31)
    assert check_result(proposal, trial.rows, trial.entity_ids) == []


def test_every_sample_of_the_catalogue_is_tested() -> None:
    assert {path.stem for path in SAMPLES.glob("*.yaml")} == {
        "forked_6m",
        "forked_6m_by_artifact",
        "days_from_first_commit_to_first_txn",
        "issues_closed_per_full_time_contributor_90d",
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("STARS_90D\n", "stars 90d\n", ".yaml:1: 'stars 90d' is not in upper snake case; write STARS_90D"),
        ("period: 90 days", "period: always", ".yaml:5: 'always' is no discrete period"),
        ("tags: [stars]\n", "", "'tags' is missing"),
        ("tags:", "tag:", ".yaml:4: unknown key 'tag'; did you mean 'tags'?"),
        (" It leaves out those taken back.", "", ".yaml:3: the description has 1 sentences"),
        ("from projects", "from project", ".sql:3: there is no model 'project'; did you mean 'projects'?"),
        ("from projects", "from raw.projects", ".sql:3: it reads raw.projects"),
        ("from projects", "from stg_github__events", "there is no model 'stg_github__events'"),
        ("from projects", "from read_csv('/etc/passwd')", ".sql:3: it reads READ_CSV('/etc/passwd')"),
        ("1.0 as amount", "random() as amount", ".sql:2: RANDOM() gives another result every time"),
        ("1.0 as amount", "current_date - p.day as amount", "gives another result every time"),
        ("1.0 as amount", "1.0 as amout", "gives no column 'amount'; did you mean 'amout'?"),
        ("p.project_id,", "p.project_id, p.project_name,", "a column 'project_name' too many"),
        ("-- Stars of all time, for the test.\n", "", ".sql:1: the SQL has no comment"),
        ("select p.", "delete p.", "not SQL"),
        ("from projects as p", "from projects as p; select 1", ".sql:1: the file is not one query"),
    ],
)
def test_what_does_not_conform_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in YAML + SQL

    found = faults(tmp_path, YAML.replace(old, new, 1), SQL.replace(old, new, 1))

    assert any(message in fault for fault in found), found


def test_all_faults_of_both_files_are_told_together(tmp_path: Path) -> None:
    found = faults(
        tmp_path, YAML.replace("90 days", "ever").replace("tags: [stars]\n", ""), SQL.replace("projects", "raw.x")
    )

    assert len(found) == 3


def test_a_proposal_without_sql_is_told_where_to_write_it(tmp_path: Path) -> None:
    (tmp_path / "stars.yaml").write_text(YAML)

    with pytest.raises(ContentError, match=r"there is no SQL; write the query to stars\.sql"):
        read_proposal(tmp_path / "stars.yaml", MODELS)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1.0 as amount", "'much' as amount", "amount is of type string, not a number"),
        ("as p", "as p where project_id <> 'p2'", "1 of 3 projects have no row: p2; begin with projects"),
        ("as p", "as p cross join artifacts", "9 rows repeat project_id, impact_metric"),
        ("'STARS_90D' as", "'OTHER' as", "impact_metric is 'OTHER'"),
        ("p.project_id,", "upper(p.project_id) as project_id,", "3 rows are of no project"),
    ],
)
def test_what_the_rows_show_to_be_wrong_is_told(
    tmp_path: Path, old: str, new: str, message: str, con: duckdb.DuckDBPyConnection
) -> None:
    trial, found = ran(tmp_path, SQL.replace(old, new, 1), con)

    assert any(message in fault for fault in found), found
    assert shape_of(trial.rows, trial.as_of)["rows"] == trial.rows.num_rows


def test_a_query_that_fails_is_told(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(WarehouseError, match="the query fails"):
        ran(tmp_path, SQL.replace("1.0 as", "p.nothing as"), con)


def test_the_shape_counts_rows_without_a_value() -> None:
    shape = shape_of(pa.table({"project_id": ["a", "b"], "amount": [None, 2.5]}), date(2024, 3, 31))

    assert shape["rows without a value"] == 1
    assert (shape["least"], shape["most"]) == ("2.5", "2.5")


def ran(folder: Path, sql: str, con: duckdb.DuckDBPyConnection) -> tuple[Trial, list[str]]:
    (folder / "stars.yaml").write_text(YAML)
    (folder / "stars.sql").write_text(sql)
    proposal = read_proposal(folder / "stars.yaml", MODELS)
    trial = try_query(con, proposal.sql, "project", catalog="lake")
    return trial, [str(problem) for problem in check_result(proposal, trial.rows, trial.entity_ids)]


def faults(folder: Path, yaml: str, sql: str) -> list[str]:
    (folder / "stars.yaml").write_text(yaml)
    (folder / "stars.sql").write_text(sql)
    with pytest.raises(ContentError) as caught:
        read_proposal(folder / "stars.yaml", MODELS)
    return [str(problem) for problem in caught.value.problems]
