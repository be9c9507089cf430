"""The client against a served observatory and against servers that fail."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from datetime import date

import httpx
import pytest

from observer.client import (
    AnswerError,
    AsyncClient,
    AuthenticationError,
    Client,
    ClientError,
    ConnectionFailedError,
    NotFoundError,
    RateLimitedError,
)

PROJECT = "project/lattice"
GAPPY = "project/quill"


def plain(url: str, path: str) -> dict[str, object]:
    with urllib.request.urlopen(url + path, timeout=30) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_a_series_is_what_the_server_says_and_unknown_is_missing_in_every_frame(observatory_url: str) -> None:
    with Client(observatory_url) as client:
        series = client.series("stars", GAPPY, grain="day", start=date(2024, 2, 1), end=date(2024, 2, 29))
    told = plain(
        observatory_url, f"/api/v1/series?metric=stars&entity={GAPPY}&grain=day&start=2024-02-01&end=2024-02-29"
    )
    points = told["data"]["points"]  # type: ignore[index]
    amounts = [point["amount"] for point in points]

    assert [point.amount for point in series.points] == amounts
    assert None in amounts and 0 in amounts, "the sample has unknown days and zeros"
    assert series.release == told["release"]
    assert series.points[0].bucket == date(2024, 2, 1)
    pandas, polars, arrow = series.to_pandas(), series.to_polars(), series.to_arrow()
    assert pandas["amount"].isna().tolist() == [amount is None for amount in amounts]
    assert polars["amount"].to_list() == arrow["amount"].to_pylist() == amounts
    assert pandas["amount"].sum() == sum(filter(None, amounts))
    assert arrow.column_names == pandas.columns.tolist() == polars.columns
    assert set(arrow["entity"].to_pylist()) == {GAPPY}


def test_lists_are_read_page_after_page(observatory_url: str) -> None:
    with Client(observatory_url) as client:
        found = [listed.entity.reference for listed in client.artifacts(limit=1)]
        events = list(client.events(PROJECT, limit=7))

    everything = plain(observatory_url, "/api/v1/artifacts?limit=100")["data"]
    assert len(found) == len(set(found)) == len(everything)  # type: ignore[arg-type]
    told = plain(observatory_url, f"/api/v1/events?entity={PROJECT}&limit=1000")["data"]
    assert [event.event_id for event in events] == [each["event_id"] for each in told]  # type: ignore[index]
    assert events[0].time.utcoffset() is not None


def test_search_explain_key_metrics_and_graphql_answer(observatory_url: str) -> None:
    with Client(observatory_url) as client:
        hit = client.search("latice")[0]
        values = {value.metric: value for value in client.key_metrics(hit.entity) if value.grain == "all"}
        explained = client.explain("commits", hit.entity)
        typename = client.graphql("{ __typename }")
        names = [metric.name for metric in client.metrics()]

    assert hit.entity.reference == PROJECT
    assert explained.row_count > 0
    assert explained.amount_of_rows == explained.point.amount == values["commits"].amount
    assert explained.release == 1
    assert list(typename) == ["__typename"]
    assert "commits" in names


def test_the_async_client_answers_the_same(observatory_url: str) -> None:
    async def ask() -> tuple[object, object]:
        async with AsyncClient(observatory_url) as client:
            names = [listed.entity.name async for listed in client.projects(limit=1)]
            return await client.series("commits", PROJECT), names

    series, names = asyncio.run(ask())

    with Client(observatory_url) as client:
        assert series == client.series("commits", PROJECT)
        assert names == [listed.entity.name for listed in client.projects()]


def test_errors_say_what_the_server_says(observatory_url: str) -> None:
    with Client(observatory_url) as client:
        with pytest.raises(NotFoundError, match="no project"):
            client.series("commits", "project/nothing")
        with pytest.raises(AnswerError, match="grain"):
            client.series("commits", PROJECT, grain="mnth")
        with pytest.raises(AnswerError, match="nonsense"):
            client.graphql("{ nonsense }")
    wrong = Client(observatory_url, api_key="oso_live_" + "0" * 36)
    with wrong, pytest.raises(AuthenticationError, match="not valid"):
        wrong.metrics()
    assert "oso_live" not in repr(wrong) + repr(wrong._options)


def test_sql_is_answered_by_the_sandbox_and_names_its_release(observatory_url: str) -> None:
    with Client(observatory_url) as client:
        table = client.sql("select project_name from projects order by project_name")
        with pytest.raises(AnswerError):
            client.sql("drop table projects")

    assert [row["project_name"] for row in table] == ["harbor", "lattice", "quill"]
    assert table.to_polars().columns == ["project_name"]


def failing(*answers: httpx.Response | Exception) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    asked: list[httpx.Request] = []
    rest = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = rest.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return httpx.MockTransport(answer), asked


METRICS = {"release": 1, "as_of": "2024-03-31", "data": []}


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr("observer.client.synchronous.time.sleep", found.append)
    return found


def test_a_busy_server_is_asked_again_when_it_says(waits: list[float]) -> None:
    transport, asked = failing(
        httpx.Response(429, headers={"Retry-After": "7"}, json={"error": "LimitError"}),
        httpx.Response(503, json={"error": "ServingError"}),
        httpx.ConnectError("refused"),
        httpx.Response(200, json=METRICS),
    )

    with Client("http://test", transport=transport) as client:
        assert client.metrics() == ()

    assert len(asked) == 4
    assert waits[0] == 7
    assert all(0 < wait < 2 for wait in waits[1:])


@pytest.mark.parametrize(
    ("answer", "kind", "times"),
    [
        (lambda: httpx.Response(429, headers={"Retry-After": "3600"}, json={"message": "m"}), RateLimitedError, 1),
        (lambda: httpx.Response(400, json={"message": "m"}), AnswerError, 1),
        (lambda: httpx.Response(500, text="<html>"), AnswerError, 1),
        (lambda: httpx.Response(200, text="<html>"), AnswerError, 1),
        (lambda: httpx.Response(502, text="<html>"), AnswerError, 3),
        (lambda: httpx.ReadTimeout("slow"), ConnectionFailedError, 3),
    ],
    ids=["waits too long", "wrong question", "bug", "another website", "proxy", "timeout"],
)
def test_what_no_waiting_helps_is_told(
    answer: Callable[[], httpx.Response | Exception], kind: type[ClientError], times: int, waits: list[float]
) -> None:
    transport, asked = failing(*(answer() for _ in range(5)))

    with Client("http://test", transport=transport, retries=2) as client, pytest.raises(kind):
        client.metrics()

    assert len(asked) == times


def test_a_table_of_sql_keeps_its_columns_where_names_repeat_and_rows_are_none() -> None:
    body = b'{"columns":["a","a"],"data":[[1,null]]}\n{"data":[[3,"z"]]}\n'
    transport, asked = failing(
        httpx.Response(200, content=body, headers={"X-Observer-Release": "9"}),
        httpx.Response(200, content=b'{"columns":["a","b"],"data":[]}'),
    )

    with Client("http://test", api_key="k", transport=transport) as client:
        table, empty = client.sql("select 1"), client.sql("select 2")

    assert table.columns() == {"a": [1, 3], "a_1": [None, "z"]}
    assert table.release == 9
    assert json.loads(asked[0].content) == {"query": "select 1", "format": "minimal"}
    assert asked[0].headers["authorization"] == "Bearer k"
    assert empty.to_pandas().shape == (0, 2)
    assert table.to_polars().shape == table.to_arrow().shape == (2, 2)


def test_the_client_imports_nothing_but_httpx_and_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); import observer.client; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, env=os.environ, check=True
    )

    foreign = {name for name in done.stdout.split() if name not in sys.stdlib_module_names and name[0] != "_"}
    assert foreign <= {"observer", "httpx", "httpcore", "h11", "anyio", "sniffio", "idna", "certifi", "click", "rich",
                       "pygments", "typing_extensions", "exceptiongroup", "h2", "hpack", "hyperframe", "brotli",
                       "socksio", "zstandard"}, foreign  # fmt: skip
