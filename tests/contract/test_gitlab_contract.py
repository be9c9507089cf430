"""The gitlab connector passes the suites of connectors over HTTP; its pages, cursors, token and listings work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.test_connectors_contract import CONNECTORS, Played

from observer.testing.connector_suite import run
from observer.testing.connector_suite_http import HttpCase, HttpConnectorSuite
from observer.testing.upstream import Asked, Reply, Upstream
from observer.testing.warehouse import FakeWarehouse

PROJECT = "/projects/Acme/tools/kit"


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


def gitlab(upstream: Upstream, tmp_path: Path) -> Played:
    """The samples, played."""
    upstream.play(CONNECTORS / "gitlab" / "samples")
    return Played("gitlab", upstream, tmp_path)


ROWS = {
    "projects": 1,
    "issues": 2,
    "merge_requests": 2,
    "issue_listings": 2,
    "merge_request_listings": 2,
    "releases": 1,
    "events": 6,
}


class TestGitlab(HttpConnectorSuite):
    connector = "gitlab"

    @pytest.fixture
    def case(self, upstream: Upstream, tmp_path: Path) -> HttpCase:
        it = gitlab(upstream, tmp_path)
        config = it.config(projects=["Acme/tools/kit"], full_listings=True)
        return HttpCase(
            it.source,
            config,
            [
                {key: value for key, value in config.items() if key != "projects"},
                {**config, "projects": "Acme/tools/kit"},
                {**config, "projects": ["no-namespace"]},
                {**config, "projects": ["../../etc"]},
                {**config, "transport": {}},
            ],
            ROWS,
            upstream,
            it.waits,
            path=f"{PROJECT}/releases",
            stream="releases",
            with_new_field=lambda d: [{**one, "brand_new": 1} for one in d],
            without_key=lambda d: [{name: value for name, value in d[0].items() if name != "tag_name"}, *d[1:]],
            emptied=lambda d: [],
            rearranged=lambda d: [*d[::-1], d[0]],
        )


def rows(warehouse: FakeWarehouse, sql: str) -> list[dict[str, Any]]:
    return warehouse.query(sql).to_pylist()


def test_pages_are_followed_by_their_links(upstream: Upstream, tmp_path: Path) -> None:
    it = gitlab(upstream, tmp_path)
    path = f"{PROJECT}/issues"
    first, second = (dict(one) for one in _issues(upstream))
    further = f'<{upstream.url}/projects/Acme%2Ftools%2Fkit/issues?page=2&per_page=100>; rel="next"'

    def pages(asked: Asked) -> Reply:
        return Reply.json([second]) if "page=2" in asked.query else Reply.json([first], Link=further)

    upstream.answers[path] = pages
    warehouse = FakeWarehouse()

    run(it.source, it.config(projects=["Acme/tools/kit"]), warehouse, streams=["issues"])

    assert [row["iid"] for row in rows(warehouse, "select iid from raw.gitlab__issues order by iid")] == [1, 2]


def test_a_later_sync_asks_for_updates_since_shortly_before_the_last_one(upstream: Upstream, tmp_path: Path) -> None:
    it = gitlab(upstream, tmp_path)
    config, warehouse = it.config(projects=["Acme/tools/kit"]), FakeWarehouse()
    run(it.source, config, warehouse, streams=["issues"])
    upstream.asked.clear()

    run(it.source, config, warehouse, streams=["issues"])

    assert "updated_after=2024-05-04T04%3A00%3A00.000000Z" in upstream.asked[0].query


def test_a_changed_issue_leaves_its_earlier_version_where_it_is(upstream: Upstream, tmp_path: Path) -> None:
    it = gitlab(upstream, tmp_path)
    config, warehouse = it.config(projects=["Acme/tools/kit"]), FakeWarehouse()
    run(it.source, config, warehouse, streams=["issues"])
    changed = [
        {**one, "state": "closed", "updated_at": "2024-05-09T10:00:00.000Z"} if one["iid"] == 2 else one
        for one in _issues(upstream)
    ]
    upstream.answers[f"{PROJECT}/issues"] = Reply.json(changed)

    run(it.source, config, warehouse, streams=["issues"])

    found = rows(warehouse, "select iid, state from raw.gitlab__issues order by iid, updated_at")
    assert [(row["iid"], row["state"]) for row in found] == [(1, "closed"), (2, "opened"), (2, "closed")]


def test_the_token_goes_with_every_request_and_without_one_there_is_none(upstream: Upstream, tmp_path: Path) -> None:
    it = gitlab(upstream, tmp_path)

    run(it.source, it.config(projects=["Acme/tools/kit"], token="t0p"), FakeWarehouse(), streams=["projects"])
    run(it.source, it.config(projects=["Acme/tools/kit"]), FakeWarehouse(), streams=["projects"])

    assert [asked.headers.get("private-token") or "" for asked in upstream.asked] == ["t0p", ""]


def test_nothing_is_listed_in_full_unless_asked_for(upstream: Upstream, tmp_path: Path) -> None:
    it = gitlab(upstream, tmp_path)

    run(it.source, it.config(projects=["Acme/tools/kit"]), FakeWarehouse(), streams=["issue_listings"])

    assert upstream.asked == []


def _issues(upstream: Upstream) -> list[dict[str, Any]]:
    import json

    reply = upstream.answers[f"{PROJECT}/issues"]
    assert isinstance(reply, Reply)
    found: list[dict[str, Any]] = json.loads(reply.body)
    return found
