"""What a request for SQL says: the query, the form of the answer, the release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from starlette.requests import Request

from observer.access import principal_of
from observer.errors import QueryError
from observer.query.sql.question import Dialect, Form, Share, TooLargeError

MAX_BODY = 64 * 1024
ASYNC_FACTOR = 6
"""How much longer than others a query of async-sql may run."""

_LONGEST_SECONDS = 300.0
_LARGEST_BYTES = 256 * 1024 * 1024
_MEDIA = {
    "application/vnd.apache.arrow.stream": Form.ARROW,
    "application/vnd.apache.parquet": Form.PARQUET,
}


@dataclass(frozen=True, slots=True)
class SqlRequest:
    """A query as a client sent it; `wants_analytics` asks for the line that tells how fresh the tables are."""

    query: str
    form: Form
    dialect: Dialect
    release: int | None
    wants_analytics: bool


async def read_request(request: Request) -> SqlRequest:
    """The body of a request. QueryError says what is wrong with it, TooLargeError that it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLargeError(f"the request is longer than {MAX_BODY} bytes")
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise QueryError("the body is not JSON", hint='send {"query": "SELECT ..."}') from error
    if not isinstance(values, dict) or not isinstance(values.get("query"), str) or not values["query"]:
        raise QueryError("Please provide a 'query' parameter", hint='send {"query": "SELECT ..."}')
    return SqlRequest(
        query=values["query"],
        form=_form(values, request),
        dialect=_dialect(values),
        release=_release(values, request),
        wants_analytics=values.get("includeAnalytics") is True,
    )


def share_of(request: Request, *, is_async: bool = False) -> Share:
    """What the caller's answer may take."""
    principal = principal_of(request)
    limits = principal.limits
    seconds = limits.timeout_seconds * (ASYNC_FACTOR if is_async else 1)
    return Share(
        principal.subject, min(seconds, _LONGEST_SECONDS), limits.rows, min(limits.answer_bytes, _LARGEST_BYTES)
    )


def _form(values: Mapping[str, object], request: Request) -> Form:
    named = values.get("format")
    if named is None:
        accepted = [part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
        return next((_MEDIA[part] for part in accepted if part in _MEDIA), Form.JSON)
    if not isinstance(named, str) or named not in tuple(Form):
        raise QueryError("'format' is unknown", hint=f"one of {', '.join(Form)}")
    return Form(named)


def _dialect(values: Mapping[str, object]) -> Dialect:
    named = values.get("dialect", Dialect.TRINO.value)
    if not isinstance(named, str) or named not in tuple(Dialect):
        raise QueryError("'dialect' is unknown", hint=f"one of {', '.join(Dialect)}")
    return Dialect(named)


def _release(values: Mapping[str, object], request: Request) -> int | None:
    named = values.get("release", request.headers.get("x-observer-release"))
    if named is None:
        return None
    text = str(named)
    if isinstance(named, bool) or not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 9:
        raise QueryError("the release is not a number", hint="SHOW RELEASES is at /api/v1/releases")
    return int(text)
