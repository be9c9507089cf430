"""The routes of SQL: /sql, /async-sql, the results, and the empty list of private connectors that pyoso asks for."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from observer.access import principal_of, usage_of
from observer.accounts.usage import cost_of
from observer.api.sql.request import SqlRequest, read_request, share_of
from observer.api.sql.results import KEEP_SECONDS, ResultStore
from observer.errors import NotFoundError, ObserverError, QueryError
from observer.http import JSON, error_response, json_bytes
from observer.query.sql.question import Answer, BusyError, Form
from observer.query.sql.service import SqlService

PREFIXES = ("/api/v1", "/v1")
NDJSON = "application/x-ndjson"
AT_ONCE_SECONDS = 5.0
"""How long a request of async-sql waits for its answer before it says that the query is running."""

_MOST_JOBS = 1_000
_CLIENT_GONE = 499
_MEDIA = {
    Form.MINIMAL: NDJSON,
    Form.JSON: JSON,
    Form.JSONL: NDJSON,
    Form.ARROW: "application/vnd.apache.arrow.stream",
    Form.PARQUET: "application/vnd.apache.parquet",
}
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class _Job:
    """A query of async-sql; `subject` is who may ask for it."""

    subject: str
    task: asyncio.Task[tuple[str, int]]
    begun_at: float


class SqlApi:
    """Answers requests by a service; keeps what async-sql has begun."""

    def __init__(self, service: SqlService, *, public_url: str | None = None) -> None:
        """`public_url` is where clients reach the server, if that is not where the request came to."""
        self._service = service
        self._public_url = public_url
        self._results = ResultStore()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()

    def routes(self) -> list[BaseRoute]:
        """The routes, under both prefixes that clients know."""
        return [
            route
            for prefix in PREFIXES
            for route in (
                Route(f"{prefix}/sql", _worded(self.sql), methods=["POST"]),
                Route(f"{prefix}/async-sql", _worded(self.async_sql), methods=["GET", "POST"]),
                Route(f"{prefix}/sql-results/{{token}}", _worded(self.result)),
                Route(f"{prefix}/connector", _worded(self.connector)),
            )
        ]

    async def close(self) -> None:
        """Ends all queries and removes their results."""
        for job in self._jobs.values():
            job.task.cancel()
        await self._service.close()
        self._results.close()

    async def sql(self, request: Request) -> Response:
        """The rows of one query, all of them or an error."""
        asked = await read_request(request)
        answer = self._service.remembered(
            asked.query, share_of(request), form=asked.form, dialect=asked.dialect, release=asked.release
        )
        if answer is None:
            answer = await _unless_gone(request, self._ask(asked, asked.form, request))
        body = answer.body
        if asked.wants_analytics and asked.form is Form.MINIMAL:
            body = b'{"assetStatus":[]}\n' + body
        return Response(body, media_type=_MEDIA[asked.form], headers=_headers(answer.release))

    async def async_sql(self, request: Request) -> Response:
        """Begins a query, or tells how one is going; either waits a while, so that most are completed at once."""
        if request.method == "GET":
            key = request.query_params.get("id")
            if not key:
                raise QueryError("Missing id parameter")
            job = self._jobs.get(key)
            if job is None or job.subject != principal_of(request).subject:
                raise NotFoundError("Run not found")
        else:
            asked = await read_request(request)
            self._forget_old()
            if len(self._jobs) >= _MOST_JOBS:
                raise BusyError("too many queries are running", status=503, retry_seconds=5)
            key = secrets.token_urlsafe(24)
            task = asyncio.create_task(self._store(asked, request))
            # Nobody may ever ask for it: an error that is not fetched is no bug.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            job = self._jobs[key] = _Job(principal_of(request).subject, task, time.monotonic())
        await asyncio.wait([job.task], timeout=AT_ONCE_SECONDS)
        return self._told(request, key, job)

    async def result(self, request: Request) -> Response:
        """The rows of a query of async-sql: a line with the names of the columns, a line for each row."""
        stored = self._results.find(request.path_params["token"])
        if stored is None:
            raise NotFoundError("there is no such result, or not any more", hint="ask again")
        headers = _headers(stored.release) | {"Cache-Control": "private, max-age=900"}
        return FileResponse(stored.path, media_type=NDJSON, headers=headers)

    async def connector(self, request: Request) -> Response:
        """No private connectors: all tables are public."""
        return Response(b"[]", media_type=JSON)

    async def _ask(self, asked: SqlRequest, form: Form, request: Request, *, is_async: bool = False) -> Answer:
        share = share_of(request, is_async=is_async)
        begun = time.monotonic()
        try:
            answer = await self._service.ask(
                asked.query, share, form=form, dialect=asked.dialect, release=asked.release
            )
        except ObserverError:
            usage_of(request).cost = cost_of(time.monotonic() - begun)
            raise
        usage_of(request).cost = cost_of(answer.seconds)
        return answer

    async def _store(self, asked: SqlRequest, request: Request) -> tuple[str, int]:
        answer = await self._ask(asked, Form.JSONL, request, is_async=True)
        return self._results.put(answer.body, answer.release), answer.release

    def _told(self, request: Request, key: str, job: _Job) -> Response:
        if not job.task.done():
            return Response(json_bytes({"id": key, "status": "running"}), status_code=202, media_type=JSON)
        token, release = job.task.result()
        prefix = request.url.path.removesuffix("/async-sql")
        base = self._public_url or str(request.base_url)
        told = {
            "id": key,
            "status": "completed",
            "url": f"{base.rstrip('/')}{prefix}/sql-results/{token}",
            "release": release,
        }
        return Response(json_bytes(told), media_type=JSON, headers=_headers(release))

    def _forget_old(self) -> None:
        now = time.monotonic()
        old = [key for key, job in self._jobs.items() if job.task.done() and now - job.begun_at > KEEP_SECONDS]
        for key in old:
            del self._jobs[key]
        while len(self._jobs) >= _MOST_JOBS:
            done = next((key for key, job in self._jobs.items() if job.task.done()), None)
            if done is None:
                return
            del self._jobs[done]


def _headers(release: int) -> dict[str, str]:
    return {"X-Observer-Release": str(release), "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


def _worded(handler: Handler) -> Handler:
    """Errors as pyoso prints them: `error` is the sentence."""

    async def handle(request: Request) -> Response:
        try:
            return await handler(request)
        except _ClientGoneError:
            return Response(status_code=_CLIENT_GONE)
        except ObserverError as error:
            response = error_response(error, is_worded=True)
            if isinstance(error, BusyError):
                response.headers["Retry-After"] = str(error.retry_seconds)
            return response

    return handle


class _ClientGoneError(Exception):
    """The client has closed the connection."""


async def _unless_gone(request: Request, asking: Awaitable[Answer]) -> Answer:
    """The answer; ends the query where the client goes away first."""
    task = asyncio.ensure_future(asking)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait([task, gone], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise _ClientGoneError
        return await task
    finally:
        for each in (task, gone):
            each.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await each


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
