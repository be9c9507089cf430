"""The published SQL examples, through unmodified pyoso, over a release of the real directory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.pyoso_client import VERSIONS, ask
from tests.unit.sql.conftest import SqlSite, served

from observer.directory.load import load_directory
from observer.model.artifact import listed_artifacts
from observer.model.identifier import entity_id
from observer.testing.postgres import temporary_postgres
from observer.testing.releases import publish_rows
from observer.testing.sample import sample_rows

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

PROJECT = ["project_id", "project_source", "project_namespace", "project_name"]
ARTIFACT = ["artifact_id", "artifact_source_id", "artifact_source", "artifact_namespace", "artifact_name"]
METRIC = ["metric_id", "metric_name", "display_name", "sample_date", "amount", "unit"]
OBSERVER_ID = "UuWbpo5bpL5QsYvlukUWNm2uE8HFjxQxzCM0e+HMZfk="
UNISWAP_ID = "pWEQHj4IsxU8lx2EDLJpphYaGAvw/yRps3vgTbVCXjQ="

# The examples and the columns that are stored with their notebooks.
EXAMPLES: Mapping[str, tuple[str, list[str]]] = {
    "E1": ("SELECT * FROM projects_v1 LIMIT 5", [*PROJECT, "display_name", "description"]),
    "E2": (
        "SELECT * FROM projects_v1 WHERE project_name = 'opensource-observer'",
        [*PROJECT, "display_name", "description"],
    ),
    "E3": (
        "SELECT * FROM artifacts_by_project_v1 WHERE project_name = 'opensource-observer'",
        [*ARTIFACT, *PROJECT],
    ),
    "E4": (
        """SELECT collection_source, collection_namespace, COUNT(DISTINCT collection_name) AS num_collections,
        COUNT(DISTINCT project_name) AS num_projects FROM projects_by_collection_v1 GROUP BY 1,2 ORDER BY 1,2""",
        ["collection_source", "collection_namespace", "num_collections", "num_projects"],
    ),
    "E5": (
        """SELECT project_id, project_name, artifact_namespace as github_owner, artifact_name as github_repo
        FROM artifacts_by_project_v1 WHERE artifact_source = 'GITHUB' AND artifact_namespace LIKE '%uniswap%'""",
        ["project_id", "project_name", "github_owner", "github_repo"],
    ),
    "E6": (
        """SELECT r.artifact_url, r.star_count, r.fork_count, r.license_name, r.language FROM repositories_v0 AS r
        JOIN projects_v1 AS p ON r.project_id = p.project_id WHERE p.project_name = 'wevm'
        ORDER BY r.star_count DESC""",
        ["artifact_url", "star_count", "fork_count", "license_name", "language"],
    ),
    "E7": (
        """SELECT r.language, COUNT(*) AS repo_count, SUM(r.star_count) AS total_stars FROM oso.repositories_v0 AS r
        INNER JOIN oso.artifacts_by_project_v1 AS a ON r.artifact_id = a.artifact_id
        INNER JOIN oso.projects_by_collection_v1 AS c ON a.project_id = c.project_id
        WHERE c.collection_source = 'OSS_DIRECTORY' AND c.collection_name = 'ethereum'
        AND a.artifact_source = 'GITHUB' AND r.language IS NOT NULL GROUP BY r.language ORDER BY repo_count DESC""",
        ["language", "repo_count", "total_stars"],
    ),
    "E8": (
        f"""SELECT km.metric_id, m.metric_name, m.display_name, km.sample_date, km.amount, km.unit
        FROM key_metrics_by_project_v0 AS km JOIN metrics_v0 AS m ON m.metric_id = km.metric_id
        WHERE km.project_id = '{OBSERVER_ID}'""",
        METRIC,
    ),
    "E9": (
        """SELECT tm.metric_id, m.metric_name, m.display_name, tm.sample_date, tm.amount, tm.unit
        FROM timeseries_metrics_by_project_v0 AS tm JOIN metrics_v0 AS m ON m.metric_id = tm.metric_id
        JOIN projects_v1 AS p ON p.project_id = tm.project_id WHERE p.project_name = 'opensource-observer'
        AND m.metric_name = 'GITHUB_stars_daily' ORDER BY tm.sample_date""",
        METRIC,
    ),
    "E10": (
        """SELECT metric_name FROM metrics_v0 WHERE metric_name LIKE 'GITHUB%' AND metric_name LIKE '%weekly'
        ORDER BY 1""",
        ["metric_name"],
    ),
    "E11": (
        f"""WITH timeseries_metrics AS (SELECT sample_date,
        CASE WHEN metric_name = 'GITHUB_new_contributors_monthly' THEN amount END AS new_contributors,
        CASE WHEN metric_name = 'GITHUB_churned_contributors_monthly' THEN -amount END AS churned_contributors,
        CASE WHEN metric_name = 'GITHUB_active_contributors_monthly' THEN amount END AS active_contributors
        FROM timeseries_metrics_by_project_v0 JOIN metrics_v0 USING(metric_id) WHERE project_id = '{OBSERVER_ID}'
        AND metric_name IN ('GITHUB_new_contributors_monthly', 'GITHUB_churned_contributors_monthly',
        'GITHUB_active_contributors_monthly')),
        params AS (SELECT MIN(sample_date) AS start_month, date_trunc('month', current_date) AS end_month
        FROM timeseries_metrics),
        months AS (SELECT m AS sample_date FROM UNNEST(SEQUENCE((SELECT start_month FROM params),
        (SELECT end_month FROM params)-INTERVAL '1' month, INTERVAL '1' month)) t(m))
        SELECT m.sample_date, SUM(COALESCE(t.new_contributors,0)) AS new_contributors,
        SUM(COALESCE(t.churned_contributors,0)) AS churned_contributors,
        SUM(COALESCE(t.active_contributors,0)) AS active_contributors
        FROM months AS m LEFT JOIN timeseries_metrics AS t ON m.sample_date = t.sample_date GROUP BY 1 ORDER BY 1""",
        ["sample_date", "new_contributors", "churned_contributors", "active_contributors"],
    ),
    "E12": (
        """WITH project_flags AS (SELECT project_id,
        max(case when collection_name IN ('optimism', 'base-crypto-ecosystems') then 1 else 0 end) AS is_optimism,
        max(case when collection_name NOT IN ('optimism', 'base-crypto-ecosystems') then 1 else 0 end) AS is_other
        FROM projects_by_collection_v1 WHERE collection_name IN ('optimism', 'arb-onchain', 'protocol-labs-network')
        AND project_id NOT IN (SELECT project_id FROM projects_by_collection_v1
        WHERE collection_name IN ('protocol-guild', 'ethereum-github')) GROUP BY project_id),
        project_cohorts AS (SELECT project_id, case
        when is_optimism = 1 and is_other = 0 then 'Only Optimism'
        when is_optimism = 0 and is_other = 1 then 'Only Other Ecosystems'
        when is_optimism = 1 and is_other = 1 then 'Optimism and Other Ecosystems' end AS cohort FROM project_flags)
        SELECT tm.sample_date, pc.cohort, m.metric_name AS metric, SUM(tm.amount) AS amount
        FROM timeseries_metrics_by_project_v0 tm JOIN metrics_v0 m USING (metric_id)
        JOIN project_cohorts pc USING (project_id)
        WHERE tm.sample_date BETWEEN DATE('2020-01-01') AND DATE('2025-06-30')
        AND m.metric_name IN ('GITHUB_full_time_developers_monthly', 'GITHUB_active_developers_monthly')
        GROUP BY 1,2,3 ORDER BY 1,3,2""",
        ["sample_date", "cohort", "metric", "amount"],
    ),
}


@pytest.fixture(scope="module")
def real_site(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlSite]:
    """A release of the whole real directory, with the metrics of the sample in its catalogue of metrics."""
    folder = tmp_path_factory.mktemp("real_releases")
    with temporary_postgres() as urls:
        publish_rows(urls.owner, folder, _rows(real_data / "oss-directory" / "oss-directory-data.tar.gz"))
        with served(urls.reader, folder) as running:
            yield running


@pytest.mark.parametrize("version", VERSIONS)
def test_every_published_example_answers_as_it_did(real_site: SqlSite, version: str) -> None:
    queries = [re.sub(r"\s+", " ", query) for query, _ in EXAMPLES.values()]

    answers = dict(zip(EXAMPLES, ask(version, f"{real_site.url}/api/v1/", queries), strict=True))

    assert {name: answer.get("columns", answer) for name, answer in answers.items()} == {
        name: columns for name, (_, columns) in EXAMPLES.items()
    }
    rows: dict[str, list[list[Any]]] = {name: answer["rows"] for name, answer in answers.items()}
    assert len(rows["E1"]) == 5
    (found,) = rows["E2"]
    assert found[:5] == [OBSERVER_ID, "OSS_DIRECTORY", "oso", "opensource-observer", "Open Source Observer"]
    assert found[5].startswith("Open Source Observer is a free analytics suite")
    assert {tuple(row[5:]) for row in rows["E3"]} == {tuple(found[:4])}
    assert rows["E4"] == [["OSS_DIRECTORY", "oso", 117, rows["E4"][0][3]]]
    assert [UNISWAP_ID, "uniswap"] in [row[:2] for row in rows["E5"]]
    assert rows["E10"] == sorted(rows["E10"])


def test_an_address_has_the_id_of_the_stored_result(real_site: SqlSite) -> None:
    address = "0xc5bfce27e0e7a7d7731bc23b92ebc62b9ed63b83"

    (answer,) = ask("0.10.0", f"{real_site.url}/api/v1/", [EXAMPLES["E3"][0]])

    assert ["5pOzM/Vf333i7MXjJRSjfpticpmY4uK16uDDyFhjP+w=", address, "OPTIMISM", "", address] in [
        row[:5] for row in answer["rows"]
    ]


@pytest.mark.parametrize("namespace", ["-", "optimism"])
def test_an_address_is_found_without_namespace_and_under_its_network(real_site: SqlSite, namespace: str) -> None:
    reply = real_site.get(f"/api/v1/artifacts/optimism/{namespace}/0xC5bfCE27e0e7a7d7731bc23b92ebc62b9ed63b83")

    found = reply.json["data"]["entity"]
    assert (found["id"], found["namespace"]) == ("5pOzM/Vf333i7MXjJRSjfpticpmY4uK16uDDyFhjP+w=", "")


def _rows(archive: Path) -> dict[str, Any]:
    directory = load_directory(str(archive))
    metrics = ("metrics", "metric_names")
    sample = sample_rows()
    tables: dict[str, Any] = {name: rows for name, rows in sample.items() if name in metrics}
    # The values of a project of the sample, lent to one of the directory: no release is without any.
    lent = {row["project_id"]: OBSERVER_ID for row in sample["projects"] if row["project_name"] == "lattice"}
    for name in ("key_metrics", "timeseries_metrics"):
        rows = [row for row in sample[name] if row["entity_id"] in lent]
        tables[name] = [{**row, "entity_id": lent[row["entity_id"]]} for row in rows]
    projects = {project.name: project for project in directory.projects}
    tables["projects"] = [
        _project(name) | {"display_name": project.display_name, "description": project.description}
        | {"legacy_project_id": f"legacy {name}", "record_ref": project.path}
        for name, project in projects.items()
    ]  # fmt: skip
    tables["collections"] = [
        _collection(each.name) | {"display_name": each.display_name, "legacy_collection_id": f"legacy {each.name}"}
        | {"record_ref": each.path}
        for each in directory.collections
    ]  # fmt: skip
    owned = {
        (entity_id(a.artifact_source, a.artifact_namespace, a.artifact_name), name): a
        for name, project in projects.items()
        for a in listed_artifacts(project)
        if not a.is_owner
    }
    described = {key: _artifact(key[0], a) for key, a in owned.items()}
    tables["artifacts"] = list({
        key[0]: row | {"artifact_url": owned[key].artifact_url, "legacy_artifact_id": f"legacy {key[0]}"}
        for key, row in described.items()
    }.values())  # fmt: skip
    tables["artifacts_by_project"] = [row | _project(name) for (_, name), row in described.items()]
    tables["projects_by_collection"] = [
        _project(name) | _collection(each.name)
        for each in directory.collections
        for name in sorted({member.project_name for member in each.projects} & projects.keys())
    ]
    return tables


def _project(name: str) -> dict[str, object]:
    key = entity_id("OSS_DIRECTORY", "oso", name)
    return dict(zip(PROJECT, (key, "OSS_DIRECTORY", "oso", name), strict=True))


def _collection(name: str) -> dict[str, object]:
    key = entity_id("OSS_DIRECTORY", "oso", name)
    names = ("collection_id", "collection_source", "collection_namespace", "collection_name")
    return dict(zip(names, (key, "OSS_DIRECTORY", "oso", name), strict=True))


def _artifact(key: str, listed: Any) -> dict[str, object]:
    return {
        "artifact_id": key,
        "artifact_source_id": listed.artifact_source_id or listed.artifact_name,
        "artifact_source": listed.artifact_source,
        "artifact_namespace": listed.artifact_namespace,
        "artifact_name": listed.artifact_name,
        "artifact_type": listed.artifact_type,
    }
