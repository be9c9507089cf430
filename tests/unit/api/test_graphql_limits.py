"""What GraphQL refuses, before it costs anything."""

from __future__ import annotations

import time

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from observer.accounts.principal import DEFAULT_LIMITS, Principal, Role
from observer.api.app import routes
from observer.api.graphql.execute import GraphqlApi
from observer.api.graphql.limits import MAX_BODY_BYTES, TooMuchError, check_text
from observer.kept_answers import KeptAnswers
from observer.query import ReadModel
from observer.request_metrics import RequestMetrics

_PROJECT = "projects { project_id }"
_METRIC = (
    "metric_id metric_source metric_namespace metric_name display_name description unit kind version owner caveats sql"
)
_FRAGMENTS = " ".join(f"fragment f{i} on projects {{ ...f{i + 1} ...f{i + 1} }}" for i in range(40))
ATTACKS = {
    "long query": "{ projects { project_id } } #" + "x" * 20_000,
    "many tokens": "{ " + "projects { project_id } " * 400 + "}",
    "one field a thousand times": "{ projects { " + "project_id " * 900 + "} }",
    "aliases": "{ projects { " + " ".join(f"a{i}: project_id" for i in range(40)) + " } }",
    "root fields": "{" + " ".join(f"a{i}: {_PROJECT}" for i in range(11)) + "}",
    "root fields by fragments": "{ " + "...f " * 6 + f"}} fragment f on query_root {{ {_PROJECT} b: {_PROJECT} }}",
    "depth": "{" + "a {" * 30 + "b" + "}" * 31,
    "brackets": "{" * 500,
    "brackets in a value": "{ projects(where: {_not: " + "[" * 300 + ") { project_id } }",
    "directives": "{ projects { project_id " + "@include(if: true) " * 21 + "} }",
    "circle": "{ ...f } fragment f on query_root { ...g } fragment g on query_root { ...f }",
    "own circle": "{ projects { ...f } } fragment f on projects { ...f }",
    "doubling": "{ projects { ...f0 } } " + _FRAGMENTS + " fragment f40 on projects { project_id }",
    "fragments": f"{{ {_PROJECT} }} " + " ".join(f"fragment f{i} on projects {{ project_id }}" for i in range(51)),
    "two operations": f"query a {{ {_PROJECT} }} query b {{ {_PROJECT} }}",
    "mutation": "mutation { a }",
    "subscription": "subscription { a }",
    "schema": "type a { b: Int }",
    "values": "{" + " ".join(f"a{i}: metrics(limit: 1000) {{ {_METRIC} }}" for i in range(9)) + "}",
}  # fmt: skip


@pytest.mark.parametrize("query", ATTACKS.values(), ids=ATTACKS.keys())
def test_what_costs_too_much_is_refused_at_once(client: TestClient, query: str) -> None:
    client.post("/api/v1/graphql", json={"query": f"{{ {_PROJECT} }}"})
    begun = time.process_time()

    answer = client.post("/api/v1/graphql", json={"query": query})

    assert answer.status_code in (400, 413), answer.text[:300]
    assert answer.json()["errors"][0]["message"] == answer.json()["message"]
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b'[{"query": "{ a }"}]', 400),
        (b"{", 400),
        (b'{"query": 3}', 400),
        (b'{"query": "{ a }", "variables": []}', 200),
        (b'{"query": "{ a }", "variables": [1]}', 400),
        (b'{"query": "{ a }", "operationName": 3}', 400),
        (b'{"query": "{ a }", "variables": {"a": ' + b"[" * 60 + b"]" * 60 + b"}}", 400),
        (b'{"query": "{ a }", "variables": {"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}}", 400),
        (b'{"query": "' + b"x" * MAX_BODY_BYTES + b'"}', 413),
    ],
)
def test_a_body_that_is_no_request_is_refused(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/api/v1/graphql", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == status, answer.text[:300]
    assert answer.json()["errors"]


def test_a_form_cannot_ask(client: TestClient) -> None:
    answer = client.post("/api/v1/graphql", data={"query": f"{{ {_PROJECT} }}"})

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "query",
    ['{ a(b: "}}}} {{{{") }', '{ a(b: """ {{ \\""" """) }', "# {{{{{{{{{{\n{ a }", '{ a(b: "\\"{{{{{{{{{{{{") }'],
)
def test_brackets_in_text_do_not_count(query: str) -> None:
    check_text(query.replace("{{{{", "{" * 50))


def test_a_string_without_end_ends_the_count_quickly() -> None:
    with pytest.raises(TooMuchError):
        check_text('"' * 16_000)


def test_the_role_of_a_reader_decides_nodes_and_aggregates(read_model: ReadModel) -> None:
    kept = KeptAnswers()
    app = Starlette(routes=routes(read_model, RequestMetrics(), kept, GraphqlApi(read_model, kept)))
    anonymous = Principal(Role.ANONYMOUS, DEFAULT_LIMITS[Role.ANONYMOUS], "address:192.0.2.1")

    async def as_anonymous(scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["principal"] = anonymous
        await app(scope, receive, send)

    client = TestClient(as_anonymous)

    def messages(query: str) -> str:
        return str(client.post("/api/v1/graphql", json={"query": query}).json().get("errors"))

    inner = "fields { type { ofType { name } } }"
    assert "aggregates need a key" in messages("{ projects_aggregate { aggregate { count } } }")
    assert "11 nodes, more than 10" in messages(f"{{ __schema {{ types {{ {inner} b: {inner} c: {inner} }} }} }}")
    assert messages(f"{{ {_PROJECT} }}") == "None"
