"""The numbers of the demo equal the generator's answer key, exactly; a second run changes nothing."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.journeys.conftest import END, Site, environment_of, observer

GRAINS = {"all", "rolling_30_days", "rolling_90_days", "rolling_180_days", "month"}


def published(site: Site, query: str) -> list[dict[str, object]]:
    done = observer(site.folder, "sql", query, "--limit", "10000000", "--json", environment=site.environment)
    rows: list[dict[str, object]] = json.loads(done.stdout)
    return rows


@pytest.fixture(scope="module")
def key(site: Site) -> dict[str, object]:
    answers: dict[str, object] = json.loads((site.folder / ".observer" / "demo" / "answers.json").read_text())
    return answers


def test_the_site_is_built_from_the_demo(site: Site) -> None:
    status = site.json("/api/v1/status")

    assert status["as_of"] == END
    assert status["release"] == 1


def test_a_second_run_changes_nothing(site: Site, tmp_path: Path) -> None:
    before = site.json("/api/v1/releases")

    observer(
        site.folder,
        "demo",
        "--no-serve",
        "--scale",
        "0.1",
        "--end",
        END,
        environment=environment_of(OBSERVER_DEMO_DAYS="120"),
    )

    assert site.json("/api/v1/releases") == before


def _expected(key: dict[str, object], entity_type: str) -> dict[tuple[str, str, str, str], float]:
    """The key's non-zero numbers by (entity, metric, grain, bucket)."""
    metrics = key["metrics"]
    assert isinstance(metrics, dict)
    result: dict[tuple[str, str, str, str], float] = {}
    for name, answers in metrics[entity_type].items():
        for metric, answer in answers.items():
            for grain, value in answer.items():
                buckets = {f"{month}-01": n for month, n in value.items()} if grain == "month" else {END: value}
                is_ratio = metric.endswith("_ratio")
                result |= {
                    (name, metric, grain, bucket): float(n)
                    for bucket, n in buckets.items()
                    if n or (is_ratio and n is not None)
                }
    return result


def test_every_number_of_a_class_equals_the_answer_key(site: Site, key: dict[str, object]) -> None:
    by_class = key["metrics_by_class"]
    assert isinstance(by_class, dict)
    expected: dict[tuple[str, ...], float] = {}
    for user_class in ("bot", "unknown"):
        answers = {
            name: {metric: classes[user_class] for metric, classes in metrics.items() if user_class in classes}
            for name, metrics in by_class["project"].items()
        }
        flat = _expected({"metrics": {"project": answers}}, "project")
        expected |= {(user_class, *place): amount for place, amount in flat.items()}
    metrics = sorted({place[2] for place in expected})

    rows = published(
        site,
        f"""
        select user_class, project_name, metric_name, grain, cast(bucket as varchar) as bucket, amount
        from timeseries_metrics_by_class inner join projects on project_id = entity_id
        where entity_type = 'project' and project_name not in ({OWN})
            and metric_name in ({", ".join(f"'{name}'" for name in metrics)})
            and (grain in ('all', 'month') or (grain like 'rolling_%' and bucket = date '{END}'))
        """,
    )

    found = {tuple(str(value) for value in list(row.values())[:5]): float(str(row["amount"])) for row in rows}
    assert len(expected) > 50
    assert found == expected


OWN = "'opensource-observer', 'open-source-observer/observer', 'observatory'"
"""This project, which stands beside the fictitious ones where the code runs from a checkout."""

NAMES = {
    "repository": "select artifact_id as id, artifact_namespace || '/' || artifact_name as name from artifacts",
    "project": "select project_id as id, project_name as name from projects",
    "collection": "select collection_id as id, collection_name as name from collections",
}


@pytest.mark.parametrize("entity_type", NAMES)
def test_every_number_equals_the_answer_key(site: Site, key: dict[str, object], entity_type: str) -> None:
    expected = _expected(key, entity_type)
    kind = "artifact" if entity_type == "repository" else entity_type

    rows = published(
        site,
        f"""
        select names.name, metric_name, grain, cast(bucket as varchar) as bucket, amount
        from timeseries_metrics
        inner join ({NAMES[entity_type]}) as names on names.id = entity_id
        where entity_type = '{kind}' and names.name not in ({OWN})
            and (grain in ('all', 'month') or (grain like 'rolling_%' and bucket = date '{END}'))
        """,
    )
    found = {
        (str(r["name"]), str(r["metric_name"]), str(r["grain"]), str(r["bucket"])): float(str(r["amount"]))
        for r in rows
        if r["metric_name"] in _metrics_of(expected)
    }

    missing = {k: v for k, v in expected.items() if found.get(k) != v}
    extra = {k: v for k, v in found.items() if k not in expected}
    assert len(expected) > 100
    first = [(place, value, found.get(place)) for place, value in list(missing.items())[:5]]
    assert not missing, f"{len(missing)} of {len(expected)} differ, first: {first}"
    assert not extra, f"{len(extra)} not in the key, first: {list(extra.items())[:5]}"


def _metrics_of(expected: dict[tuple[str, str, str, str], float]) -> set[str]:
    return {metric for _, metric, _, _ in expected}


def test_this_project_s_own_history_is_told_as_git_tells_it(site: Site) -> None:
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        pytest.skip("the tests do not run from a git checkout, so there is no own history")

    (row,) = published(
        site, "select commit_count, first_commit_at from repositories where artifact_namespace = 'open-source-observer'"
    )

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    first = min(int(time) for time in git("log", "--format=%ct", "HEAD").split())
    assert row["commit_count"] == int(git("rev-list", "--count", "HEAD"))
    assert str(row["first_commit_at"]) == f"{datetime.fromtimestamp(first, UTC):%Y-%m-%d %H:%M:%S}"
