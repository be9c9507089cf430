"""The issue-snapshots connector passes the suite of all connectors; listings come in order and are complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from observer.connectors.sources.issue_snapshots.items import numeric_id
from observer.connectors.sources.issue_snapshots.source import IssueSnapshotsSource
from observer.testing.connector_suite import NOW, ConnectorCase, ConnectorSuite, run
from observer.testing.warehouse import FakeWarehouse

SAMPLES = Path(__file__).resolve().parents[2] / "connectors" / "issue-snapshots" / "samples"


class TestIssueSnapshots(ConnectorSuite):
    connector = "issue-snapshots"

    @pytest.fixture
    def case(self) -> ConnectorCase:
        config: dict[str, object] = {"locations": [str(SAMPLES)]}
        return ConnectorCase(
            IssueSnapshotsSource(clock=lambda: NOW),
            config,
            [{}, {"locations": []}, {"locations": ["/there/is/nothing"]}],
            {"snapshots": 6, "versions": 8},
        )


def drop(folder: Path, name: str, *rows: dict[str, object]) -> dict[str, object]:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {"locations": [str(folder)]}


def row(day: int, number: int, **more: object) -> dict[str, object]:
    return {"repo": "acme/tool", "kind": "issue", "snapshot_at": f"2024-06-0{day}T00:00:00Z", "number": number, **more}


def versions(warehouse: FakeWarehouse) -> list[tuple[Any, ...]]:
    sql = "select number, snapshot_at, is_deleted from raw.issue_snapshots__versions order by all"
    return [(one["number"], one["snapshot_at"].day, one["is_deleted"]) for one in warehouse.query(sql).to_pylist()]


def test_a_listing_of_a_later_sync_is_compared_with_the_last_one(tmp_path: Path) -> None:
    source, warehouse = IssueSnapshotsSource(), FakeWarehouse()
    run(source, drop(tmp_path / "one", "a", row(1, 1, state="OPEN"), row(1, 2, state="OPEN")), warehouse)

    run(source, drop(tmp_path / "two", "b", row(2, 1, state="OPEN"), row(2, 3, state="OPEN")), warehouse)

    assert versions(warehouse) == [(1, 1, False), (2, 1, False), (2, 2, True), (3, 2, False)]


def test_an_identical_listing_brings_no_version(tmp_path: Path) -> None:
    source, warehouse = IssueSnapshotsSource(), FakeWarehouse()
    first = [row(1, 1, state="OPEN", title_sha256="ab"), row(2, 1, title_sha256="ab", state="OPEN", commit="c2")]

    report = run(source, drop(tmp_path / "one", "a", *first), warehouse)

    assert report.rows == 3
    assert versions(warehouse) == [(1, 1, False)]


def test_what_comes_back_after_it_was_gone_is_a_version(tmp_path: Path) -> None:
    source, warehouse = IssueSnapshotsSource(), FakeWarehouse()
    days = [row(day, 1, state="OPEN") for day in (1, 2, 3)]

    run(source, drop(tmp_path / "one", "a", *days, row(1, 2), row(3, 2)), warehouse)

    assert [one for one in versions(warehouse) if one[0] == 2] == [(2, 1, False), (2, 2, True), (2, 3, False)]


def test_a_row_that_names_no_item_is_refused_and_the_others_land(tmp_path: Path) -> None:
    source, warehouse = IssueSnapshotsSource(), FakeWarehouse()
    bad: list[dict[str, object]] = [
        {**row(1, 1), "repo": "tool"},
        {**row(1, 1), "kind": "discussion"},
        {**row(1, 1), "number": "x"},
        {**row(1, 1), "snapshot_at": None},
    ]

    report = run(source, drop(tmp_path / "one", "a", *bad, row(1, 2)), warehouse)

    assert report.quarantined == 4
    assert versions(warehouse) == [(2, 1, False)]


@pytest.mark.parametrize(
    ("node_id", "number"),
    [
        ("MDU6SXNzdWU4MTE2MjU1ODM=", 811625583),
        ("MDExOlB1bGxSZXF1ZXN0NTc4OTQxNzU0", 578941754),
        ("I_kwDOFEJYQs4-XTJo", 1046295144),
        ("PRR_kwDOFEJYQs6KfioV", 2323524117),
        ("501", None),
        ("not base64 !", None),
        (None, None),
    ],
)
def test_both_forms_of_node_ids_hold_the_number(node_id: object, number: int | None) -> None:
    assert numeric_id(node_id) == number
