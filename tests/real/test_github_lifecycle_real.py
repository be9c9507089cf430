"""Complete histories of issues and pull requests of two repositories, and dated listings of them, give the golden
numbers after sync and build."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.unit.transform.world import World, listing, project

from observer.connectors.sources.issue_snapshots.items import numeric_id
from observer.connectors.sources.issue_snapshots.source import IssueSnapshotsSource
from observer.testing.connector_suite import run
from observer.testing.warehouse import FakeWarehouse

pytestmark = pytest.mark.real_data

REPOSITORIES = {"ietf-wg-ppm/draft-ietf-ppm-dap": 1, "mlswg/mls-protocol": 2}
MODELS = ("+int_events", "+path:models/intermediate/forge", "+path:models/intermediate/people")
SEEN = datetime(2024, 10, 1)
LATEST = date(2024, 9, 30)

Rows = list[dict[str, Any]]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def _events(folder: Path) -> list[dict[str, Any]]:
    files = f"{folder}/*.events.parquet"
    return duckdb.execute("select * from read_parquet(?) order by occurred_at", [files]).to_arrow_table().to_pylist()


def _api_tables(events: list[dict[str, Any]]) -> dict[str, Rows]:
    """The rows that the github connector writes for these happenings."""
    tables: dict[str, Rows] = defaultdict(list)
    items: dict[tuple[int, int], dict[str, Any]] = {}
    comments = 0
    for event in events:
        repository, number, time = REPOSITORIES[event["repo"]], event["number"], _moment(event["occurred_at"])
        person = {"author_login": event["actor"], "_observed_at": SEEN, "_record_ref": event["node_id"]}
        match event["event_type"]:
            case "ISSUE_OPENED" | "PULL_REQUEST_OPENED":
                kind = "issues" if event["event_type"] == "ISSUE_OPENED" else "pull_requests"
                item = {
                    "id": numeric_id(event["node_id"]),
                    "repository_id": repository,
                    "number": number,
                    "state": "open",
                    "created_at": time,
                    "updated_at": time,
                    **person,
                }
                items[repository, number] = item
                tables[f"github__{kind}"].append(item)
            case "ISSUE_CLOSED" | "PULL_REQUEST_CLOSED":
                items[repository, number] |= {"state": "closed", "closed_at": time}
            case "PULL_REQUEST_MERGED":
                merged = {"merged_by_login": event["actor"], "merged_at": time}
                items[repository, number] |= {"state": "closed", "closed_at": time, **merged}
            case "PULL_REQUEST_REVIEW":
                review = {"id": numeric_id(event["node_id"]), "repository_id": repository, "number": number}
                tables["github__reviews"].append({**review, "submitted_at": time, "state": event["detail"], **person})
            case kind:
                # The file names comments by what they are on, so that they get numbers of their own here.
                comments += 1
                tables["github__comments"].append(
                    {
                        "id": comments,
                        "kind": "review" if kind == "PULL_REQUEST_REVIEW_COMMENT" else "issue",
                        "repository_id": repository,
                        "number": number,
                        "is_pull_request": kind != "ISSUE_COMMENT",
                        "created_at": time,
                        **person,
                    }
                )
    return dict(tables)


def _named(name: str, number: int) -> dict[str, Any]:
    return {"id": number, "full_name": name, "name": name.split("/")[1], "observed_at": SEEN, "_observed_at": SEEN}


@pytest.fixture(scope="module")
def golden(real_data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((real_data / "events" / "golden" / "github_lifecycle.json").read_text())
    return found


def _world(folder: Path, tables: dict[str, Rows]) -> World:
    built = World(folder / "world", folder / "dbt")
    names = [name.split("/") for name in REPOSITORIES]
    directory = {
        "oss_directory__projects": [project(name) for _, name in names],
        "oss_directory__project_artifacts": [listing(name, namespace, name) for namespace, name in names],
        "github__repositories": [_named(name, number) for name, number in REPOSITORIES.items()],
        "github__repository_names": [
            {"id": number, "full_name": name, "first_observed_at": SEEN, "last_observed_at": SEEN}
            for name, number in REPOSITORIES.items()
        ],
    }
    built.fill({**directory, **tables})
    built.build(as_of=LATEST, select=MODELS)
    return built


@pytest.fixture(scope="module")
def api(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world in which the API told everything."""
    return _world(tmp_path_factory.mktemp("api"), _api_tables(_events(real_data / "events" / "github_lifecycle")))


@pytest.fixture(scope="module")
def listings(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world in which listings were dropped, read in two syncs."""
    folder = tmp_path_factory.mktemp("listings")
    warehouse, source = FakeWarehouse(), IssueSnapshotsSource()
    files = sorted((real_data / "events" / "github_lifecycle").glob("*.snapshots.parquet"))
    for early in (True, False):
        drop = folder / f"drop-{early}"
        drop.mkdir()
        for file in files:
            sign = "<" if early else ">="
            duckdb.execute(
                f"copy (from read_parquet('{file}') where snapshot_at {sign} '2024-01-01') to '{drop / file.name}'"
            )
        report = run(source, {"locations": [str(drop)]}, warehouse)
        assert report.quarantined == 0
    tables = {table: warehouse.query(f'select * from raw."{table}"').to_pylist() for table in report.written}
    return _world(folder, tables)


LIFECYCLE = """
    select * from lake.intermediate.int_item_lifecycles as item
    inner join lake.intermediate.int_artifacts as artifact on artifact.artifact_id = item.to_artifact_id
"""
# The file's own names: words on a pull request, and closings without a merge.
NAMED = """
    case
        when event_type = 'ISSUE_COMMENT' and item_kind = 'pull_request' then 'PULL_REQUEST_COMMENT'
        else event_type
    end
"""


@pytest.mark.slow
def test_events_of_the_api_are_the_golden_ones_by_month(api: World, golden: dict[str, Any]) -> None:
    rows = api.rows(f"""
        select artifact_namespace || '/' || artifact_name, strftime(time, '%Y-%m'), {NAMED}, count(*)
        from lake.intermediate.int_forge_events
        inner join lake.intermediate.int_artifacts on artifact_id = to_artifact_id
        where not (event_type = 'PULL_REQUEST_CLOSED' and is_merge)
        group by all
    """)
    found: dict[str, Any] = {name: defaultdict(dict) for name in golden}
    for name, month, kind, count in rows:
        found[str(name)][month][kind] = count

    for name, expected in golden.items():
        assert found[name] == expected["by_utc_month"]
        totals: dict[str, int] = defaultdict(int)
        for counts in found[name].values():
            for kind, count in counts.items():
                totals[kind] += count
        assert dict(totals) == expected["counts"]


@pytest.mark.slow
def test_everybody_behind_the_events_is_a_user(api: World, golden: dict[str, Any]) -> None:
    for name, expected in golden.items():
        rows = api.rows(f"""
            select count(distinct from_artifact_id)
            from lake.intermediate.int_events
            inner join lake.intermediate.int_artifacts on artifact_id = to_artifact_id
            where artifact_namespace || '/' || artifact_name = '{name}'
        """)

        assert rows == [(expected["distinct_actors"],)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "kind", "end"),
    [
        ("hours_to_merge", "pull_request", "merged_at"),
        ("hours_to_close_issue", "issue", "closed_at"),
        ("hours_to_first_response_issue", "issue", "first_response_at"),
        ("hours_to_first_response_pull", "pull_request", "first_response_at"),
    ],
)
def test_hours_are_the_golden_ones(api: World, golden: dict[str, Any], key: str, kind: str, end: str) -> None:
    for name, expected in golden.items():
        rows = api.rows(f"""
            select (epoch({end}) - epoch(opened_at)) / 3600.0 from ({LIFECYCLE})
            where item_kind = '{kind}' and {end} is not null and artifact_namespace || '/' || artifact_name = '{name}'
        """)
        hours = sorted(float(str(row[0])) for row in rows)

        assert {
            "n": len(hours),
            "p50": round(hours[int(0.5 * len(hours))], 3),
            "p90": round(hours[int(0.9 * len(hours))], 3),
            "mean": round(sum(hours) / len(hours), 3),
            "negative": sum(one < 0 for one in hours),
        } == expected[key]


@pytest.mark.slow
def test_changes_between_listings_are_the_golden_ones(listings: World, golden: dict[str, Any]) -> None:
    for name, expected in golden.items():
        ((versions, first, last, *counts),) = listings.rows(f"""
            select count(*), min(snapshot_at), max(snapshot_at), sum(insert_count), sum(update_count),
                sum(delete_count), sum(reopen_count), sum(silent_count), count_if(is_identical)
            from lake.intermediate.int_issue_snapshots
            where artifact_namespace || '/' || artifact_name = '{name}'
        """)
        keys = (
            "inserts",
            "updates",
            "deletes",
            "reopened",
            "changed_without_updated_at_change",
            "identical_consecutive",
        )

        assert {
            "versions": versions,
            "first": f"{first.isoformat()}+00:00",  # type: ignore[attr-defined]
            "last": f"{last.isoformat()}+00:00",  # type: ignore[attr-defined]
            **{key: int(str(count)) for key, count in zip(keys, counts, strict=True)},
        } == expected["snapshots"]


@pytest.mark.slow
def test_listings_alone_tell_of_every_opening_merge_and_last_closing(
    listings: World, api: World, golden: dict[str, Any]
) -> None:
    del golden
    latest = "2024-03-28"  # the last listing of the one repository; after it the listings know nothing
    sql = f"""
        select event_type, event_key, time from lake.intermediate.int_forge_events
        inner join lake.intermediate.int_artifacts on artifact_id = to_artifact_id
        where artifact_name = 'mls-protocol' and time < date '{latest}'
            and event_type in ('ISSUE_OPENED', 'PULL_REQUEST_OPENED', 'PULL_REQUEST_MERGED')
        order by all
    """

    assert listings.rows(sql) == api.rows(sql)
