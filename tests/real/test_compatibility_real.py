"""Published notebooks' queries, word for word, over a release of the whole real directory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
import sqlglot
from tests.real.conftest import RealRelease

from observer.duckdb_extensions import load_extensions
from observer.model.directory import Directory

pytestmark = pytest.mark.real_data

Answer = tuple[list[str], list[tuple[Any, ...]]]
OSO = "UuWbpo5bpL5QsYvlukUWNm2uE8HFjxQxzCM0e+HMZfk="
_NAMED = ["project_id", "project_source", "project_namespace", "project_name"]


@pytest.fixture(scope="module")
def ask(directory_release: RealRelease) -> Iterator[Callable[[str], Answer]]:
    release = directory_release.release
    path = directory_release.folder / str(release.number)
    with duckdb.connect() as lake:
        load_extensions(lake, "ducklake")
        lake.execute(
            f"attach 'ducklake:{path / release.catalog}' as release"
            f" (read_only, data_path '{path}/', override_data_path true)"
        )
        lake.execute("use release")

        def answer(query: str) -> Answer:
            (text,) = sqlglot.transpile(query.replace("oso.", ""), read="trino", write="duckdb")
            found = lake.execute(text)
            return [column[0] for column in found.description], found.fetchall()

        yield answer


def test_e1_and_e2_give_projects_as_documented(ask: Callable[[str], Answer], real_directory: Directory) -> None:
    columns, rows = ask("SELECT * FROM projects_v1 LIMIT 5")
    _, (row,) = ask("SELECT * FROM projects_v1 WHERE project_name = 'opensource-observer'")
    _, ((count,),) = ask("SELECT count(*) FROM oso.projects_v1")

    assert columns == [*_NAMED, "display_name", "description"]
    assert len(rows) == 5
    assert row[:5] == (OSO, "OSS_DIRECTORY", "oso", "opensource-observer", "Open Source Observer")
    assert row[5].startswith("Open Source Observer is a free analytics suite")
    assert count == len(real_directory.projects) == 7112


def test_e3_gives_the_artifacts_of_a_project(ask: Callable[[str], Answer]) -> None:
    columns, rows = ask("SELECT * FROM artifacts_by_project_v1 WHERE project_name = 'opensource-observer'")

    artifact = ["artifact_id", "artifact_source_id", "artifact_source", "artifact_namespace", "artifact_name"]
    assert columns == [*artifact, *_NAMED]
    assert {row[5:] for row in rows} == {(OSO, "OSS_DIRECTORY", "oso", "opensource-observer")}


def test_e3_gives_addresses_under_their_ids_of_2025(ask: Callable[[str], Answer]) -> None:
    _, rows = ask("SELECT artifact_id FROM artifacts_by_project_v1 WHERE artifact_source = 'OPTIMISM'")

    assert ("5pOzM/Vf333i7MXjJRSjfpticpmY4uK16uDDyFhjP+w=",) in rows


def test_e4_and_e5_count_collections_and_find_owners(ask: Callable[[str], Answer], real_directory: Directory) -> None:
    columns, rows = ask(
        "SELECT collection_source, collection_namespace, COUNT(DISTINCT collection_name) AS num_collections,"
        " COUNT(DISTINCT project_name) AS num_projects FROM projects_by_collection_v1 GROUP BY 1,2 ORDER BY 1,2"
    )
    listed = {member.project_name for collection in real_directory.collections for member in collection.projects}
    _, found = ask(
        "SELECT project_id, project_name, artifact_namespace as github_owner, artifact_name as github_repo"
        " FROM artifacts_by_project_v1 WHERE artifact_source = 'GITHUB' AND artifact_namespace LIKE '%uniswap%'"
    )

    assert columns == ["collection_source", "collection_namespace", "num_collections", "num_projects"]
    assert rows == [("OSS_DIRECTORY", "oso", len(real_directory.collections), len(listed))]
    assert rows[0][2] == 117
    assert {owner for *_, owner, _ in found} >= {"uniswap"}
    assert "pWEQHj4IsxU8lx2EDLJpphYaGAvw/yRps3vgTbVCXjQ=" in {row[0] for row in found}


def test_e6_and_e7_join_repositories_in_either_shape(ask: Callable[[str], Answer]) -> None:
    columns, _ = ask(
        "SELECT r.artifact_url, r.star_count, r.fork_count, r.license_name, r.language FROM repositories_v0 AS r"
        " JOIN projects_v1 AS p ON r.project_id = p.project_id WHERE p.project_name = 'wevm' ORDER BY r.star_count DESC"
    )
    _, rows = ask(
        "SELECT r.language, COUNT(*) AS repo_count, SUM(r.star_count) AS total_stars FROM oso.repositories_v0 AS r"
        " INNER JOIN oso.artifacts_by_project_v1 AS a ON r.artifact_id = a.artifact_id"
        " INNER JOIN oso.projects_by_collection_v1 AS c ON a.project_id = c.project_id"
        " WHERE c.collection_source = 'OSS_DIRECTORY' AND c.collection_name = 'ethereum-github'"
        " AND a.artifact_source = 'GITHUB' AND r.language IS NOT NULL GROUP BY r.language ORDER BY repo_count DESC"
    )

    assert columns == ["artifact_url", "star_count", "fork_count", "license_name", "language"]
    # Nobody has counted the stars: they are unknown, not zero.
    assert [(language, stars) for language, _, stars in rows] == [("Rust", None)]


def test_e8_to_e10_find_metrics_by_the_names_of_the_original(ask: Callable[[str], Answer]) -> None:
    key_columns, key_rows = ask(
        "SELECT km.metric_id, m.metric_name, m.display_name, km.sample_date, km.amount, km.unit"
        " FROM key_metrics_by_project_v0 AS km JOIN metrics_v0 AS m ON m.metric_id = km.metric_id"
        f" WHERE km.project_id = '{OSO}'"
    )
    _, series = ask(
        "SELECT tm.metric_id, m.metric_name, m.display_name, tm.sample_date, tm.amount, tm.unit"
        " FROM timeseries_metrics_by_project_v0 AS tm JOIN metrics_v0 AS m ON m.metric_id = tm.metric_id"
        " JOIN projects_v1 AS p ON p.project_id = tm.project_id"
        " WHERE p.project_name = 'opensource-observer' AND m.metric_name = 'GITHUB_stars_daily' ORDER BY tm.sample_date"
    )
    _, weekly = ask(
        "SELECT metric_name FROM metrics_v0 WHERE metric_name LIKE 'GITHUB%' AND metric_name LIKE '%weekly' ORDER BY 1"
    )

    assert key_columns == ["metric_id", "metric_name", "display_name", "sample_date", "amount", "unit"]
    assert ("GITHUB_stars_over_all_time", "Stars") in {row[1:3] for row in key_rows}
    expected = ("eV94RLJgcpOd+aMt8Y0sYGyN4V+6CCSwuxyZC7B1/FE=", "GITHUB_stars_daily", "Stars")
    assert [row[:3] for row in series] == [expected]
    assert ("GITHUB_commits_weekly",) in weekly


def test_e11_and_e12_run_with_calendars_cohorts_and_using(ask: Callable[[str], Answer]) -> None:
    calendar, months = ask(
        "WITH t AS (SELECT sample_date, CASE WHEN metric_name = 'GITHUB_new_contributors_monthly' THEN amount END AS n"
        f" FROM timeseries_metrics_by_project_v0 JOIN metrics_v0 USING(metric_id) WHERE project_id = '{OSO}'),"
        " params AS (SELECT MIN(sample_date) AS start_month, DATE '2024-06-01' AS end_month FROM t),"
        " months AS (SELECT m AS sample_date FROM UNNEST(SEQUENCE((SELECT start_month FROM params),"
        " (SELECT end_month FROM params) - INTERVAL '1' month, INTERVAL '1' month)) t(m))"
        " SELECT m.sample_date, SUM(COALESCE(t.n,0)) AS new_contributors FROM months AS m"
        " LEFT JOIN t ON m.sample_date = t.sample_date GROUP BY 1 ORDER BY 1"
    )
    cohorts, _ = ask(
        "WITH project_cohorts AS (SELECT project_id, max(case when collection_name IN ('optimism') then 'in' else"
        " 'out' end) AS cohort FROM projects_by_collection_v1 WHERE project_id NOT IN (SELECT project_id FROM"
        " projects_by_collection_v1 WHERE collection_name IN ('protocol-guild', 'ethereum-github'))"
        " GROUP BY project_id) SELECT tm.sample_date, pc.cohort, m.metric_name AS metric, SUM(tm.amount) AS amount"
        " FROM timeseries_metrics_by_project_v0 tm JOIN metrics_v0 m USING (metric_id)"
        " JOIN project_cohorts pc USING (project_id) WHERE tm.sample_date BETWEEN DATE('2020-01-01') AND"
        " DATE('2025-06-30') GROUP BY 1,2,3 ORDER BY 1,3,2"
    )

    assert calendar == ["sample_date", "new_contributors"]
    assert len(months) >= 2
    assert cohorts == ["sample_date", "cohort", "metric", "amount"]
