"""What SQL and GraphQL use is metered by key: each surface with its requests, seconds, bytes and units."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from starlette.testclient import TestClient
from tests.unit.accounts.conftest import Place

from observer.accounts.principal import DEFAULT_LIMITS, Limits, Role
from observer.accounts.service import AccountOptions, Accounts
from observer.query.read_model import ReadModel
from observer.query.sql.question import Answer
from observer.query.sql.service import SqlService
from observer.server import create_app
from observer.testing.served import served
from observer.web.app import WebSettings


def test_questions_are_metered_by_key_also_where_their_answers_are_remembered(
    place: Place, make_accounts: Callable[[AccountOptions | None], Accounts]
) -> None:
    limits = Limits(requests_per_minute=60, concurrent_requests=0, timeout_seconds=10)
    accounts = make_accounts(AccountOptions({**DEFAULT_LIMITS, Role.USER: limits}))
    account = accounts.store.create("Ada", actor="test")
    issued = accounts.store.issue_key(account.account_id, "laptop", lifetime=timedelta(days=1), actor="test")
    app = create_app(
        ReadModel(place.urls.reader, place.releases),
        WebSettings("Test", accounts.clock, "1+a"),
        accounts=accounts,
    )
    key = {"Authorization": f"Bearer {issued.secret}"}
    with served(app) as url, httpx.Client(base_url=url, headers=key, timeout=60) as client:

        def ask(path: str, **body: object) -> httpx.Response:
            answer = client.post(path, json=body)
            assert answer.status_code == 200, answer.text
            return answer

        begun = time.monotonic()
        query = "SELECT project_name FROM projects ORDER BY 1"
        first = ask("/api/v1/sql", query=query)
        again = ask("/v1/sql", query=query)
        graphql = ask("/api/v1/graphql", query="{ projects(limit: 2) { project_name } }")
        seconds = time.monotonic() - begun
        refused = client.post("/api/v1/sql", json={"query": "DROP TABLE projects"})
        client.get("/api/v1/openapi.json")
        accounts.usage.flush()
        rows = {row.surface: row for row in accounts.usage.by_day(account.account_id, 1)}

    assert first.content == again.content
    assert refused.status_code == 400
    assert (rows["sql"].requests, rows["graphql"].requests, rows["rest"].requests) == (3, 1, 1)
    assert rows["sql"].bytes == len(first.content) * 2 + len(refused.content)
    assert rows["graphql"].bytes == len(graphql.content)
    assert 0 < rows["graphql"].seconds < seconds
    assert rows["sql"].units == pytest.approx(rows["sql"].seconds / 60 * 3 + rows["sql"].bytes / 1e9)
    assert {row.key_id for row in rows.values()} == {issued.key.key_id}


def test_a_query_of_sql_takes_as_much_of_the_rate_as_it_takes_time(
    place: Place, make_accounts: Callable[[AccountOptions | None], Accounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(requests_per_minute=60, concurrent_requests=0, timeout_seconds=10)
    accounts = make_accounts(AccountOptions({**DEFAULT_LIMITS, Role.USER: limits}))
    account = accounts.store.create("Ada", actor="test")
    issued = accounts.store.issue_key(account.account_id, "laptop", lifetime=timedelta(days=1), actor="test")
    seconds = [0.1, 2.0, 20.0, 0.1]

    async def timed(*_: object, **__: object) -> Answer:
        return Answer(b"{}", 1, 0, seconds=seconds.pop(0))

    monkeypatch.setattr(SqlService, "ask", timed)
    app = create_app(
        ReadModel(place.urls.reader, place.releases), WebSettings("Test", accounts.clock, "1+a"), accounts=accounts
    )
    client = TestClient(app, base_url="http://observer.example", client=("203.0.113.7", 1))

    def left() -> int:
        answer = client.post(
            "/api/v1/sql", json={"query": "SELECT 1"}, headers={"Authorization": f"Bearer {issued.secret}"}
        )
        assert answer.status_code == 200, answer.text
        return int(answer.headers["RateLimit"].split(";r=")[1].split(";")[0])

    # The price is taken when the answer is there, so that the request after it sees it: 1, 1 and 10 requests.
    assert [left() for _ in range(4)] == [59, 58, 57, 47]
