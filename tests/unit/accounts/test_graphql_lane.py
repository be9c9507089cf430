"""The short way for GraphQL gives what the long one gives: bytes, headers, limits, usage; and leaves it the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from starlette.testclient import TestClient
from tests.unit.accounts.conftest import Place

from observer.accounts.principal import DEFAULT_LIMITS, Role
from observer.accounts.service import AccountOptions, Accounts
from observer.api.graphql.lane import GraphqlLane
from observer.query.at_once import AtOnce
from observer.query.read_model import ReadModel
from observer.server import create_app
from observer.web.app import WebSettings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PATH = "/api/v1/graphql"
QUERY = "query($n: String!) { projects(where: {project_name: {_eq: $n}}) { project_name display_name } }"
MANY = "{ timeseries_metrics(limit: 200, order_by: {bucket: asc}) { metric_name bucket amount } }"
Site = Callable[..., TestClient]


@pytest.fixture
def site(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Makes clients of servers, from an address that is not this machine's. The pointer is never too old."""
    monkeypatch.setattr("observer.query.read_model.POINTER_SECONDS", 600.0)
    with ExitStack() as stack:

        def make(accounts: Accounts | None = None) -> TestClient:
            model = ReadModel(place.urls.reader, place.releases)
            model.current_release()
            app = create_app(model, WebSettings("Test", lambda: NOW, "1+a"), accounts=accounts)
            return stack.enter_context(TestClient(app, base_url="http://observer.example", client=("203.0.113.7", 1)))

        yield make


@pytest.fixture
def roads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which way each question went: "lane" or "stack", and "at once" where it needed no thread."""
    taken: list[str] = []
    answers, rows = GraphqlLane._answers, AtOnce.rows

    async def seen(self: GraphqlLane, *given: Any) -> bool:
        is_answered = await answers(self, *given)
        taken.append("lane" if is_answered else "stack")
        return is_answered

    async def counted(self: AtOnce, *given: Any) -> tuple[bytes, int] | None:
        found = await rows(self, *given)
        taken.append("at once" if found else "failed")
        return found

    monkeypatch.setattr(GraphqlLane, "_answers", seen)
    monkeypatch.setattr(AtOnce, "rows", counted)
    return taken


def asked(client: TestClient, query: str = QUERY, headers: dict[str, str] | None = None, **values: object) -> Any:
    answer = client.post(PATH, json={"query": query, "variables": values}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers.multi_items() if not name.startswith("ratelimit"))


def test_a_known_question_takes_the_short_way_with_equal_bytes_and_headers(site: Site, roads: list[str]) -> None:
    client = site()
    for encoding in ("identity", "gzip", "zstd"):
        headers = {"Accept-Encoding": encoding}
        long = client.post(PATH + "?long", json={"query": MANY}, headers=headers)
        asked(client, MANY, headers)
        roads.clear()
        short = asked(client, MANY, headers)

        assert roads == ["lane"], encoding
        assert (short.content, told(short)) == (long.content, told(long))
        assert short.headers.get("content-encoding", "identity") == encoding


def test_a_kept_plan_needs_no_thread_and_answers_the_same(site: Site, roads: list[str]) -> None:
    client = site()
    first = [asked(client, n=name).json() for name in ("quill", "harbor", "nothing", "' or true")]
    planned = list(roads)
    again = [asked(site(), n=name).json() for name in ("quill", "harbor", "nothing", "' or true")]

    assert planned == ["stack", "at once", "lane", "at once", "lane", "at once", "lane"]
    assert [answer["data"]["projects"] for answer in first][2:] == [[], []]
    assert first[0]["data"]["projects"] == [{"project_name": "quill", "display_name": "Quill Editor"}]
    assert first == again


def test_a_question_is_looked_for_once_among_kept_answers(site: Site) -> None:
    client = site()

    def misses() -> float:
        lines = client.get("/api/v1/prometheus").text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if "kept" in line and "miss" in line and line[0] != "#")

    before = misses()
    asked(client, n="quill")
    asked(client, n="harbor")
    asked(client, n="harbor")

    assert misses() - before == 2


def test_what_is_no_plain_question_goes_the_long_way(site: Site, roads: list[str]) -> None:
    client = site()
    asked(client, n="quill")
    roads.clear()
    refused = client.post(PATH, json={"query": QUERY, "variables": {"n": 5}})
    not_json = client.post(PATH, content=b"{", headers={"Content-Type": "application/json"})
    form = client.post(PATH, data={"query": QUERY})
    foreign = asked(client, headers={"Origin": "https://elsewhere.example"}, n="quill")

    assert "Variable '$n'" in refused.text
    assert (not_json.status_code, form.status_code) == (400, 415)
    assert foreign.headers["access-control-allow-origin"] == "*"
    assert roads == ["stack"] * 4


def test_a_body_in_pieces_is_read_whole(site: Site, roads: list[str]) -> None:
    client = site()
    body = client.build_request("POST", PATH, json={"query": QUERY, "variables": {"n": "quill"}}).read()
    pieces = client.post(PATH, content=iter([body[:40], body[40:]]), headers={"Content-Type": "application/json"})

    assert pieces.json()["data"]["projects"][0]["project_name"] == "quill"


def test_each_question_is_counted_once_whatever_way_it_takes(
    site: Site, make_accounts: Callable[[AccountOptions | None], Accounts], roads: list[str]
) -> None:
    few = replace(DEFAULT_LIMITS[Role.USER], requests_per_minute=5)
    accounts = make_accounts(AccountOptions({**DEFAULT_LIMITS, Role.USER: few}))
    account = accounts.store.create("Ada", actor="test")
    issued = accounts.store.issue_key(account.account_id, "laptop", lifetime=timedelta(days=1), actor="test")
    key = {"Authorization": f"Bearer {issued.secret}"}
    client = site(accounts)
    answers = [asked(client, headers=key, n=name) for name in ("quill", "quill", "harbor", "lattice", "quill")]
    refused = client.post(PATH, json={"query": QUERY, "variables": {"n": "quill"}}, headers=key)
    wrong = client.post(PATH, json={"query": QUERY}, headers={"Authorization": f"Bearer {issued.secret[:-1]}x"})
    counted = client.get("/api/v1/prometheus").text
    accounts.usage.flush()
    (row,) = accounts.usage.by_day(account.account_id, 1)

    left = [answer.headers["RateLimit"].split(";")[1] for answer in answers]
    assert left == ["r=4", "r=3", "r=2", "r=1", "r=0"]
    assert (refused.status_code, wrong.status_code) == (429, 401)
    assert roads.count("lane") == 4
    assert (row.surface, row.requests) == ("graphql", 6)
    assert row.bytes == sum(len(answer.content) for answer in answers)
    assert 'observer_requests_total{part="graphql",status="200"} 5' in counted
    assert 'observer_requests_total{part="graphql",status="429"} 1' in counted


def test_a_database_that_closes_connections_is_asked_again(site: Site, roads: list[str], place: Place) -> None:
    client = site()
    asked(client, n="quill")
    asked(client, n="harbor")
    roads.clear()
    superuser = conninfo_to_dict(place.urls.owner) | {"user": "postgres"}
    with psycopg.connect(**superuser) as connection:
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'observer_reader'")

    for name in ("lattice", "quill", "lattice"):
        assert asked(client, n=name).json()["data"]["projects"][0]["project_name"] == name
    assert roads == ["failed", "stack", "at once", "lane", "lane"]
