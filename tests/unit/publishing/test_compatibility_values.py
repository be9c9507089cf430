"""Values of compatibility views against plain loops over the published tables."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import duckdb
import pytest
from marked_releases import new_database

from observer.duckdb_extensions import load_extensions
from observer.model.identifier import entity_id
from observer.postgres import PostgresUrls
from observer.testing.releases import publish_rows
from observer.testing.sample import AS_OF, sample_rows
from observer.testing.sample_world import REPOSITORIES, collection_of, project_of

Row = Mapping[str, Any]
ALL, SUCCESS, GAS = (
    "CONTRACT_INVOCATION_DAILY_COUNT",
    "CONTRACT_INVOCATION_SUCCESS_DAILY_COUNT",
    "CONTRACT_INVOCATION_DAILY_L2_GAS_USED",
)
CONTRACTS = {"0xa1": "lattice", "0xa2": "lattice", "0xb1": "quill", "0xc1": "harbor"}
BUSY, OLD, NEW, FAILING = "busy", "old", "new", "failing"
CALLS = (  # sender, contract, network, days before the last one, transactions, successful ones, wei
    (BUSY, "0xa1", "OPTIMISM", 0, 120, 100, 4e18),
    (BUSY, "0xa2", "OPTIMISM", 3, 5, 5, None),
    (BUSY, "0xb1", "OPTIMISM", 4, 9, 9, 1e18),
    (BUSY, "0xc1", "OPTIMISM", 89, 1, 1, 1e15),
    (OLD, "0xa1", "OPTIMISM", 400, 50, 50, 2e18),
    (OLD, "0xa1", "OPTIMISM", 90, 3, 3, 2e18),
    (OLD, "0xa1", "OPTIMISM", 10, 10, 10, 0),
    (OLD, "0xb1", "OPTIMISM", 179, 99, 99, 1e18),
    (NEW, "0xa1", "BASE", 1, 9, 9, None),
    (NEW, "0xa1", "BASE", 180, 0, 0, None),
    (FAILING, "0xb1", "BASE", 2, 7, 0, 3e15),
    (None, "0xc1", "BASE", 2, 7, 6, 3e15),
)


@dataclass(frozen=True, slots=True)
class Views:
    lake: duckdb.DuckDBPyConnection
    rows: Mapping[str, list[Row]]

    def of(self, relation: str) -> list[Row]:
        found = self.lake.execute(f"select * from {relation}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def contract_id(address: str, network: str = "ANY_EVM") -> str:
    return entity_id(network, "", address)


def crafted() -> dict[str, list[Row]]:
    rows = {table: list(found) for table, found in sample_rows().items()}
    for address, project in CONTRACTS.items():
        names = {
            "artifact_id": contract_id(address),
            "artifact_source_id": address,
            "artifact_source": "ANY_EVM",
            "artifact_namespace": "",
            "artifact_name": address,
        }
        rows["artifacts"].append({**names, "artifact_type": "CONTRACT"})
        rows["artifacts_by_project"].append({**names, "artifact_type": "CONTRACT", **project_of(project)})
        for collection, members in {"tool-makers": ("lattice", "quill"), "everything": CONTRACTS.values()}.items():
            if project in members:
                rows["artifacts_by_collection"].append(
                    {**names, "artifact_type": "CONTRACT", **collection_of(collection)}
                )
    for sender, address, network, ago, total, successful, wei in CALLS:
        for kind, amount in ((ALL, total), (SUCCESS, successful), (GAS, wei)):
            rows["events_daily"].append(
                {
                    "bucket_day": AS_OF - timedelta(days=ago),
                    "event_type": kind,
                    "event_source": network,
                    "to_artifact_id": contract_id(address),
                    "from_artifact_id": sender,
                    "amount": amount,
                    "event_count": 1,
                    "basis": "registry",
                }
            )
    for project, state, amount in (("lattice", "value", 1.25), ("quill", "zero", 0.0), ("harbor", "unknown", None)):
        average = {"metric_name": "full_time_developers_average", "grain": "rolling_180_days", "amount": amount}
        entity = {"entity_type": "project", "entity_id": project_of(project)["project_id"], "state": state}
        rows["key_metrics"].append({**rows["key_metrics"][0], **average, **entity})
    grants = (("lattice", 40.0, 10, "fund"), ("lattice", -15.0, 20, "fund"), ("lattice", None, 30, None))
    for number, (project, amount, ago, funder) in enumerate(
        (*grants, ("quill", 70.0, 179, "a"), ("quill", 5.0, 180, "b"))
    ):
        rows["oss_funding"].append(
            {
                **rows["oss_funding"][0],
                "event_id": f"grant {number}",
                "time": datetime.combine(AS_OF - timedelta(days=ago), datetime.max.time(), UTC),
                "event_source": "OPEN_COLLECTIVE",
                "event_type": "CREDIT",
                "to_project_id": project_of(project)["project_id"],
                "from_project_id": funder,
                "amount": amount,
            }
        )
    return rows


@pytest.fixture(scope="module")
def views(server: PostgresUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Views]:
    folder = tmp_path_factory.mktemp("crafted")
    rows = crafted()
    release = publish_rows(new_database(server).owner, folder, rows)
    path = folder / str(release.number)
    with duckdb.connect() as lake:
        load_extensions(lake, "ducklake")
        lake.execute(
            f"attach 'ducklake:{path / release.catalog}' as release"
            f" (read_only, data_path '{path}/', override_data_path true)"
        )
        lake.execute("use release")
        yield Views(lake, rows)


def _owners(rows: Mapping[str, list[Row]], entity: str) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = defaultdict(set)
    for row in rows[f"artifacts_by_{entity}"]:
        owners[row["artifact_id"]].add(row[f"{entity}_id"])
    return owners


@pytest.mark.parametrize("entity", ["project", "collection"])
def test_onchain_metrics_are_those_of_the_calls(views: Views, entity: str) -> None:
    owners = _owners(views.rows, entity)
    projects = _owners(views.rows, "project")
    calls = [call for call in CALLS if call[0] is not None and call[5] > 0]
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sender, address, network, ago, *_ in calls:
        if ago < 90:
            used[network, cast(str, sender)] |= projects[contract_id(address)]
    expected = {}
    for entity_id_, network in {(owner, call[2]) for call in CALLS for owner in owners[contract_id(call[1])]}:
        own = [c for c in CALLS if c[2] == network and entity_id_ in owners[contract_id(c[1])]]
        good = [c for c in own if c in calls]
        wei = [(c[3], c[6]) for c in own if c[6] is not None]
        recent = defaultdict(int)
        for c in good:
            recent[c[0]] += c[5] if c[3] < 90 else 0
        active = {who: count for who, count in recent.items() if count}
        first = {who: max(c[3] for c in good if c[0] == who) for who in recent}
        expected[entity_id_, network] = (
            max(first.values(), default=None),
            len({c[1] for c in own if c[3] < 90 and c[4] > 0}),
            sum(c[5] for c in good),
            sum(c[5] for c in good if c[3] < 180),
            sum(w for _, w in wei) / 1e18 if wei else None,
            sum(w for ago, w in wei if ago < 180) / 1e18 if any(ago < 180 for ago, _ in wei) else None,
            len(recent),
            len(active),
            sum(first[who] < 90 for who in active),
            sum(first[who] >= 90 for who in active),
            sum(count >= 100 for count in active.values()),
            sum(10 <= count < 100 for count in active.values()),
            sum(count < 10 for count in active.values()),
            sum(len(used[network, who]) > 2 for who in active),
        )

    found = {
        (row[f"{entity}_id"], row["event_source"]): tuple(row.values())[-14:]
        for row in views.of(f"onchain_metrics_by_{entity}_v1")
    }

    assert found == {key: pytest.approx(values) for key, values in expected.items()}
    assert len(found) > 3


def test_funding_metrics_are_those_of_the_grants(views: Views) -> None:
    expected: dict[tuple[str, str], list[Any]] = {}
    ordered = sorted(views.rows["oss_funding"], key=lambda row: (row["to_project_id"] or "", row["event_source"]))
    for key, group in itertools.groupby(ordered, key=lambda row: (row["to_project_id"], row["event_source"])):
        grants = list(group)
        recent = [g["amount"] for g in grants if (AS_OF - g["time"].date()).days < 180 and g["amount"] is not None]
        if key[0]:
            expected[key] = [
                len({g["from_project_id"] for g in grants} - {None}),
                sum(g["amount"] for g in grants if g["amount"] is not None),
                sum(recent) if recent else None,
                sum(g["amount"] is None or g["amount"] >= 0 for g in grants),
            ]

    found = {
        (row["project_id"], row["event_source"]): list(row.values())[-4:]
        for row in views.of("funding_metrics_by_project_v1")
    }

    assert found == expected
    assert found[project_of("quill")["project_id"], "OPEN_COLLECTIVE"] == [2, 75.0, 70.0, 2]


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


@pytest.mark.parametrize(
    ("adverb", "bucket", "first_day"),
    [
        ("daily", "bucket_day", lambda day: day),
        ("weekly", "bucket_week", _week),
        ("monthly", "bucket_month", lambda day: day.replace(day=1)),
    ],
)
@pytest.mark.parametrize("entity", ["artifact", "project", "collection"])
@pytest.mark.parametrize("direction", ["to", "from"])
def test_events_by_period_are_sums_of_the_daily_ones(
    views: Views, adverb: str, bucket: str, first_day: Callable[[date], date], entity: str, direction: str
) -> None:
    owners = None if entity == "artifact" else _owners(views.rows, entity)
    expected: dict[tuple[object, ...], float | None] = {}
    for row in views.rows["events_daily"]:
        end = row[f"{direction}_artifact_id"]
        for owner in [end] if owners is None and end else (owners or {}).get(end, ()):
            key = (owner, row["event_type"], first_day(row["bucket_day"]))
            known = [value for value in (expected.get(key), row["amount"]) if value is not None]
            expected[key] = sum(known) if known else None

    found = {
        (row[f"{entity}_id"], row["event_type"], row[bucket]): row["amount"]
        for row in views.of(f"events_{adverb}_{direction}_{entity}")
    }

    assert found == expected


def test_code_metrics_of_projects_are_their_key_metrics_and_the_facts_of_their_repositories(views: Views) -> None:
    keys = {
        (row["entity_id"], row["metric_name"], row["grain"]): row
        for row in views.rows["key_metrics"]
        if row["entity_type"] == "project"
    }
    found = {row["project_name"]: row for row in views.of("code_metrics_by_project_v1")}

    assert found.keys() == {project for _, project in REPOSITORIES.values()}
    for name, row in found.items():
        ids = {r for r, (_, owner) in REPOSITORIES.items() if owner == name}
        own = [r for r in views.rows["repositories"] if f"{r['artifact_namespace']}/{r['artifact_name']}" in ids]
        stars = [r["star_count"] for r in own if r["star_count"] is not None]
        project = row["project_id"]
        assert row["repository_count"] == len(own)
        assert row["star_count"] == (sum(stars) if stars else None)
        for column, metric, grain in (
            ("contributor_count", "contributors", "all"),
            ("commit_count_6_months", "commits", "rolling_180_days"),
            ("new_contributor_count_6_months", "new_contributors", "rolling_180_days"),
            ("merged_pull_request_count_6_months", "pull_requests_merged", "rolling_180_days"),
        ):
            assert row[column] == keys[project, metric, grain]["amount"], (name, column)
    harbor = found["harbor"]  # nobody has looked at its repository
    assert harbor["commit_count_6_months"] is None
    assert harbor["fulltime_developer_average_6_months"] is None


def test_full_time_developers_are_the_daily_average_of_180_days(views: Views) -> None:
    projects = views.of("code_metrics_by_project_v1")

    averages = {row["project_name"]: row["fulltime_developer_average_6_months"] for row in projects}

    assert averages["lattice"] == 1.25
    assert averages["quill"] == 0
    assert averages["harbor"] is None


def test_series_under_the_names_of_the_original_are_ours(views: Views) -> None:
    ours = {
        (row["entity_id"], row["metric_name"], row["bucket"]): row["amount"]
        for row in views.rows["timeseries_metrics"]
        if row["entity_type"] == "project" and row["grain"] == "week"
    }

    theirs = views.lake.execute(
        "select project_id, metric_model, sample_date, amount from timeseries_metrics_by_project_v0"
        " join metrics_v0 using (metric_id) where metric_time_aggregation = 'weekly'"
    ).fetchall()

    assert {row[:3]: row[3] for row in theirs} == ours
    identity = views.lake.execute(
        "select metric_id from metrics_v0 where metric_name = 'GITHUB_stars_daily'"
    ).fetchall()
    assert identity == [("eV94RLJgcpOd+aMt8Y0sYGyN4V+6CCSwuxyZC7B1/FE=",)]


def test_what_is_unknown_stays_empty_in_current_values(views: Views) -> None:
    amounts = views.lake.execute("select count(*), count(amount) from key_metrics_by_project_v0").fetchone()
    named = {(row["metric_name"], row["grain"]) for row in views.rows["metric_names"]}
    known = [
        row
        for row in views.rows["key_metrics"]
        if row["entity_type"] == "project" and (row["metric_name"], row["grain"]) in named
    ]

    assert amounts == (len(known), sum(r["amount"] is not None for r in known))
    assert any(r["amount"] is None for r in known)
