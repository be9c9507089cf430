"""The console for SQL: a form whose address holds the query, answered by the same sandboxed service as the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import orjson
from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from observer.access import Access, principal_of, usage_of
from observer.accounts.principal import LOCAL
from observer.accounts.resolver import Known
from observer.accounts.usage import cost_of
from observer.errors import ObserverError, QueryError, UnauthenticatedError
from observer.http import CSV, JSON, csv_table, json_bytes
from observer.model.release import Release
from observer.query.read_model import ReadModel
from observer.query.sql.question import Answer, Form, Share
from observer.query.sql.service import SqlService
from observer.web.page import Page
from observer.web.parameters import release_number

PATH = "/data/sql"
SHOWN_ROWS = 500
_MOST_BYTES = 16 * 1024 * 1024
"""What the answer to one query on the page may hold; the API gives more."""

EXAMPLES = (
    (
        "Projects with most commits in 90 days",
        "select e.project_name, k.amount\n"
        "from key_metrics as k\n"
        "inner join projects as e on e.project_id = k.entity_id\n"
        "where k.metric_name = 'commits' and k.grain = 'rolling_90_days'\n"
        "order by k.amount desc nulls last\nlimit 20",
    ),
    (
        "Events by type and month",
        "select date_trunc('month', bucket_day) as month, event_type, sum(event_count) as events\n"
        "from events_daily\ngroup by 1, 2\norder by 1 desc, 3 desc\nlimit 50",
    ),
    ("Tables", "show tables"),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of an answer under the names of their columns, the release that they came from, the seconds it took."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    release: int
    seconds: float


class SqlConsole:
    """The page and its answers as CSV and JSON."""

    def __init__(self, service: SqlService, read_model: ReadModel, access: Access, environment: Environment) -> None:
        self._service = service
        self._read_model = read_model
        self._access = access
        self._environment = environment

    def routes(self) -> list[BaseRoute]:
        return [
            Route(PATH, self.page),
            Route(f"{PATH}.csv", self._download(lambda found: (csv_table(found.columns, found.rows), CSV))),
            Route(f"{PATH}.json", self._download(lambda found: (json_bytes(_as_json(found)), JSON))),
        ]

    async def page(self, request: Request) -> Response:
        """The form, with the answer to the query in the address; an error stands beside the query."""
        query = request.query_params.get("query", "")
        result: Result | None = None
        error: ObserverError | None = None
        release = await run_in_threadpool(self._release, request)
        if query.strip() and _is_navigation(request):
            try:
                await self._admit(request)
                result = await self._ask(query, request, is_plan="plan" in request.query_params)
            except ObserverError as raised:
                error = raised
        html = self._environment.get_template("sql.html").render(
            page=Page(release, "", "SQL", "Ask the published tables in SQL; the address holds the query."),
            release=release,
            path=PATH,
            query=request.url.query,
            text=query,
            pinned=request.query_params.get("release", ""),
            is_plan="plan" in request.query_params,
            result=result,
            error=error,
            shown=SHOWN_ROWS,
            examples=EXAMPLES,
        )
        status = error.status if error else 200
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"})

    def _download(self, form: Callable[[Result], tuple[bytes, str]]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            query = request.query_params.get("query", "")
            if not query.strip():
                raise QueryError("there is no query", hint="write it into the address as query=")
            body, media_type = form(await self._ask(query, request))
            headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
            if media_type == CSV:
                headers["Content-Disposition"] = 'attachment; filename="query.csv"'
            return Response(body, media_type=media_type, headers=headers)

        return handle

    async def _admit(self, request: Request) -> None:
        """Takes a query on the page off the same share as one of the API."""
        principal = principal_of(request)
        if principal is LOCAL:
            return
        if self._access.policy.require_key and principal.is_anonymous:
            raise UnauthenticatedError("queries are for those who are signed in", hint="sign in at /sign-in")
        await self._access.admit(Known(principal, 0.0), "/api/v1/sql", "")

    async def _ask(self, query: str, request: Request, *, is_plan: bool = False) -> Result:
        principal = principal_of(request)
        limits = principal.limits
        share = Share(principal.subject, limits.timeout_seconds, limits.rows, min(limits.answer_bytes, _MOST_BYTES))
        text = f"explain {query}" if is_plan else query
        answer = await self._service.ask(text, share, form=Form.JSONL, release=release_number(request))
        usage_of(request).cost = cost_of(answer.seconds)
        return _result(answer)

    def _release(self, request: Request) -> Release:
        with self._read_model.pinned(release_number(request)) as reader:
            return reader.release


def _is_navigation(request: Request) -> bool:
    """Whether a person went to the address: a picture or frame of another page does not spend their share."""
    return request.headers.get("sec-fetch-dest", "document") == "document"


def _result(answer: Answer) -> Result:
    lines = answer.body.splitlines()
    columns = orjson.loads(lines[0]) if lines else []
    return Result(columns, [orjson.loads(line) for line in lines[1:]], answer.release, answer.seconds)


def _as_json(found: Result) -> dict[str, object]:
    return {"release": found.release, "columns": found.columns, "data": found.rows}
