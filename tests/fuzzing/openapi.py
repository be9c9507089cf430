"""Requests by schemathesis from the OpenAPI document, some of them with names of the release and hostile values."""

from __future__ import annotations

import datetime
import random
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from observer.api.openapi import document
from tests.fuzzing.asking import Answered, Asked, Asking

_HOSTILE = (
    "", " ", "0", "-1", "1e999", "99999999999999999999", "null", "true", "%", "%25", "%00", "\x00", "\ud7ff", "\u2028",
    "../../etc/passwd", "..%2f..%2fetc", "' or 1=1 --", '"', "\\", "{}", "[]", "a" * 499, "a" * 600, "NaN", "-",
    "project/", "artifact/GITHUB/a", "artifact/GITHUB/a/b/c/d", "collection//", "0001-01-01", "9999-12-31",
    "2024-02-30", "\U0001f600", "\u202e", "<script>", "${x}", "AAAA", "eyJhIjoxfQ==", "W10=", "day", "commits,stars,",
)  # fmt: skip
_UNREADABLE = b"Invalid HTTP request received."
"""What uvicorn says to a header that is none, before any application sees the request."""

Names = Mapping[str, Sequence[str]]


def names_of(asking: Asking) -> Names:
    """Values that the parameters of this release can really have."""

    def listed(path: str, pick: Callable[[Any], str]) -> list[str]:
        answer = requests.get(asking.url + path, timeout=60).json()
        return [pick(each) for each in answer["data"]]

    projects = listed("/api/v1/projects?limit=20", lambda each: str(each["entity"]["name"]))
    collections = listed("/api/v1/collections?limit=20", lambda each: str(each["entity"]["name"]))
    artifacts = listed(
        "/api/v1/artifacts?limit=20",
        lambda each: "/".join(str(each["entity"][part]) for part in ("source", "namespace", "name")),
    )
    entities = [f"project/{name}" for name in projects] + [f"collection/{name}" for name in collections]
    metrics = listed("/api/v1/metrics", lambda each: str(each["name"]))
    return {
        "entity": entities + [f"artifact/{name}" for name in artifacts],
        "within": entities,
        "metric": metrics,
        "metrics": metrics,
        "sort": ["name", *metrics],
        "text": [name[:4] for name in projects],
        "name": [*projects, *collections, *metrics, *listed("/api/v1/models", lambda each: str(each["name"]))],
        "table": listed("/api/v1/tables", lambda each: str(each["table"])),
        "release": ["1"],
        "number": ["1"],
        "source": ["GITHUB"],
    }


def requests_of(asking: Asking, count: int, seed: int) -> None:
    """Asks about `count` requests, as many of each operation, and checks statuses, types and schemas of the answers."""
    import schemathesis

    warnings.filterwarnings("ignore", module="schemathesis|hypothesis")
    schema: Any = schemathesis.openapi.from_dict(_readable(document()))
    operations = [result.ok() for result in schema.get_all_operations()]
    names, chance = names_of(asking), random.Random(seed)
    each = max(1, count // len(operations))
    for place, operation in enumerate(operations):
        for case in cases_of(operation, each, seed + place):
            _mix(case, names, chance)
            _ask(asking, case)


def cases_of(operation: Any, count: int, seed: int) -> Iterator[Any]:
    """Cases that fit the document; the same ones for a seed."""
    made: list[Any] = []

    @seeded(seed)
    @settings(
        max_examples=count, database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy())
    def collect(case: Any) -> None:
        made.append(case)

    collect()
    yield from made


def _readable(value: Any) -> Any:
    """The document without `prefixItems`, which schemathesis turns into schemas that it then refuses."""
    if isinstance(value, list):
        return [_readable(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    plain = {name: _readable(each) for name, each in value.items()}
    if "prefixItems" in plain:
        plain["items"] = {"anyOf": plain.pop("prefixItems")}
    return plain


def _mix(case: Any, names: Names, chance: random.Random) -> None:
    """Puts real names into most parameters of most cases, hostile values into a few."""
    for values in (case.path_parameters, case.query):
        for name in list(values or ()):
            draw = chance.random()
            if draw < 0.55 and name in names:
                values[name] = chance.choice(names[name])
            elif draw < 0.7:
                hostile = chance.choice(_HOSTILE)
                values[name] = quote(hostile, safe="") or "-" if values is case.path_parameters else hostile
    if case.query and chance.random() < 0.05:
        case.query[chance.choice(_HOSTILE) or "x"] = "1"
    if case.headers:
        # Most headers of the document are keys, and a wrong key ends a request before it is looked at.
        for name in [name for name in case.headers if chance.random() < 0.8]:
            del case.headers[name]


def _ask(asking: Asking, case: Any) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.core.transport import Response
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    try:
        prepared = requests.Request(
            **{k: v for k, v in case.as_transport_kwargs(base_url=asking.url).items() if k != "timeout"}
        ).prepare()
    except (ValueError, UnicodeError):
        return  # What no client can send.
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    assert body is None or isinstance(body, bytes)
    headers = {str(k): v if isinstance(v, str) else v.decode("latin-1") for k, v in prepared.headers.items()}
    asked = Asked("openapi", str(prepared.method), str(prepared.path_url), body, headers)
    answer = asking.ask(asked)
    if answer is None or answer.body == _UNREADABLE:
        return
    if answer.status == 307 and "%2F" in asked.target:
        return  # A slash inside of a name makes another address, which may be one of a page.
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    try:
        case.validate_response(_response(Response, prepared, answer), checks=checks)
    except FailureGroup as group:
        for failure in group.exceptions:
            asking.fault(asked, f"{case.operation.label}: {type(failure).__name__}: {str(failure)[:400]}")


def _response(kind: Any, prepared: requests.PreparedRequest, answer: Answered) -> Any:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.lower(), []).append(value)
    elapsed = datetime.timedelta(seconds=answer.seconds).total_seconds()
    return kind(answer.status, headers, answer.body, prepared, elapsed, verify=False)
