"""The github connector passes the suites of all connectors, against a local GitHub that counts points."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.connectors.sources.github.source import GithubSource
from observer.testing.upstream import Asked, Reply, Upstream
from observer.testing.upstream.github import LocalGithub

if "observer.testing.connector_suite" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite")
if "observer.testing.connector_suite_http" not in sys.modules:
    pytest.register_assert_rewrite("observer.testing.connector_suite_http")
from observer.testing.connector_suite import NOW
from observer.testing.connector_suite_http import HttpCase, HttpConnectorSuite
from observer.testing.warehouse import FakeWarehouse

SAMPLES = Path(__file__).resolve().parents[2] / "connectors" / "github" / "samples"
COMMENTS = "/repos/Acme/tool/issues/comments"
ROWS = {
    "repositories": 2,
    "repository_names": 3,
    "targets": 2,
    "counters": 2,
    "completeness": 2,
    "issues": 2,
    "pull_requests": 1,
    "item_versions": 3,
    "issue_events": 3,
    "reviews": 1,
    "comments": 5,
    "releases": 1,
    "accounts": 4,
    "account_names": 4,
    "commit_accounts": 2,
    "sboms": 1,
}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        yield server


@pytest.fixture
def case(upstream: Upstream, tmp_path: Path) -> HttpCase:
    github = LocalGithub.of(json.loads((SAMPLES / "world.json").read_text(encoding="utf-8")))
    github.install(upstream)
    # The suite changes this answer, so it has to be one, and not a function.
    upstream.answers[COMMENTS] = github.rest(Asked("GET", COMMENTS, "", {"authorization": "Bearer token-one"}))
    waits: list[float] = []
    config: dict[str, Any] = {
        "tokens": ["token-one"],
        "repositories": ["acme/hammer"],
        "owners": ["acme"],
        "api_url": upstream.url,
        "usage": False,
        "cache_dir": str(tmp_path / "http"),
        "transport": {"private_hosts": ["127.0.0.1"], "timeout_seconds": 1.0},
    }
    bad = [
        {},
        {**config, "tokens": ["wrong"]},
        {**config, "tokens": "token-one"},
        {**config, "repositories": ["acme"]},
        {**config, "owners": ["../x"]},
        {**config, "unknown": 1},
        {**config, "transport": {}},
    ]
    return HttpCase(
        GithubSource(lambda: NOW, sleep=waits.append, jitter=lambda: 0.0),
        config,
        bad,
        ROWS,
        upstream,
        waits,
        path=COMMENTS,
        stream="comments",
        with_new_field=lambda d: [{**item, "brand_new": 1} for item in d],
        without_key=lambda d: [{**d[0], "id": None}, *d[1:]],
        emptied=lambda d: [],
        rearranged=lambda d: [*d[::-1], d[0]],
    )


class TestGithub(HttpConnectorSuite):
    connector = "github"

    def test_a_token_that_is_refused_is_replaced_by_another(self, case: HttpCase) -> None:
        config = {**case.config, "tokens": ["wrong", "token-one"]}

        case.source.check(config)

    def test_half_of_a_graphql_answer_loses_no_row(self, case: HttpCase) -> None:
        expected = case.expected
        case.upstream.fail("/graphql", Reply(200, b'{"data": {"node', {"Content-Type": "application/json"}))

        warehouse = FakeWarehouse()
        case.sync(warehouse)

        assert case.rows_of(warehouse) == expected
