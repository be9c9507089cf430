from __future__ import annotations

import re
from datetime import date

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from observer.api import parameters as p
from observer.api.openapi import document
from observer.errors import QueryError
from observer.model.metric import Grain

API = ("/api/", "/v1/", "/healthz", "/readyz")
KNOWN = (p.METRIC, p.grain(Grain.MONTH), p.day("start", "First day."), p.limit(50), p.flag("descending", "Direction."))


def test_values_are_read_with_their_types_and_defaults() -> None:
    values = p.read(KNOWN, {"metric": "commits", "start": "2026-01-31", "descending": "false"})

    assert values == {
        "metric": "commits",
        "grain": Grain.MONTH,
        "start": date(2026, 1, 31),
        "limit": 50,
        "descending": False,
    }


def test_all_mistakes_are_told_together() -> None:
    with pytest.raises(QueryError) as raised:
        p.read(KNOWN, {"grain": "mnth", "limit": "0", "start": "yesterday", "nonsense": "1"})

    words = str(raised.value)
    for expected in ("'metric' is missing", "did you mean 'month'", "between 1 and", "'start'", "'nonsense'"):
        assert expected in words


@pytest.mark.parametrize("text", ["a" * 501, "nul\x00"], ids=["too long", "NUL"])
def test_a_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        p.read((p.METRIC,), {"metric": text})


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "2024-02-30", "soon"])
def test_a_day_is_one_that_days_can_be_added_to(text: str) -> None:
    with pytest.raises(QueryError, match="'start'"):
        p.read(KNOWN, {"metric": "commits", "start": text})


def test_the_openapi_document_describes_every_parameter_and_resolves_every_reference() -> None:
    found = document()
    schemas = found["components"]["schemas"]  # type: ignore[index]

    def references(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {str(value["$ref"])} if "$ref" in value else set()
            return own.union(*(references(item) for item in value.values()))
        return set().union(*(references(item) for item in value)) if isinstance(value, list) else set()

    wanted = {reference.removeprefix("#/components/schemas/") for reference in references(found)}
    assert wanted <= set(schemas)
    paths = found["paths"].values()  # type: ignore[attr-defined]
    identifiers = [operation["operationId"] for methods in paths for operation in methods.values()]
    assert len(identifiers) == len(set(identifiers)) > 15


def test_the_openapi_document_has_every_address_of_the_api(client: TestClient) -> None:
    described = {
        (path, method.upper())
        for path, methods in document()["paths"].items()  # type: ignore[attr-defined]
        for method in methods
    }
    answered = {
        (re.sub(r":\w+\}", "}", route.path), method)
        for route in client.app.routes  # type: ignore[attr-defined]
        if isinstance(route, Route) and route.path.startswith(API)
        for method in (route.methods or ()) - {"HEAD"}
    }

    assert answered == described - {("/metrics", "GET")}, "that of /metrics is a page's too"
