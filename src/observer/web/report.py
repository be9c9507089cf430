"""'This looks wrong': a form on every number, which files a report with the number and its evidence attached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from observer.access import Access, principal_of
from observer.accounts.report import MOST_CHARACTERS, Number, Report
from observer.accounts.service import Accounts
from observer.errors import LimitError, QueryError
from observer.http import json_bytes
from observer.model.metric import Grain
from observer.model.state import State
from observer.query.answers import Explanation
from observer.query.periods import period_of
from observer.query.read_model import ReadModel
from observer.web import format as fmt
from observer.web.forms import Form, read_form, require_own_page, see
from observer.web.parameters import choice, day, named_entity, number_of

_A_MINUTE = 6
_ROWS = 10
"""Newest records behind the number that a report holds."""


@dataclass(frozen=True, slots=True)
class ReportPages:
    """The form, the filing, and the page of a report. They work without JavaScript and without an account."""

    accounts: Accounts
    access: Access
    read_model: ReadModel
    environment: Environment
    public_url: str | None

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/report", self._handler(self.form), methods=["GET"]),
            Route("/report", self.file, methods=["POST"]),
            Route("/reports/{number:int}", self._handler(self.report), methods=["GET"]),
        ]

    def form(self, request: Request) -> Response:
        """The number as it is shown, and a field for what looks wrong."""
        why = self._number(request.query_params)
        words = f"{why.metric.display_name} of {fmt.title(why.entity)}"
        return self._page("report_form.html", f"This looks wrong: {words}", why=why, most=MOST_CHARACTERS)

    async def file(self, request: Request) -> Response:
        require_own_page(request, self.public_url)
        form = await read_form(request)
        return await run_in_threadpool(self._file, request, form)

    def report(self, request: Request) -> Response:
        found = self.accounts.reports.report(int(request.path_params["number"]))
        grain = Grain(found.grain)
        period = period_of(grain, found.bucket)
        return self._page(
            "report.html",
            f"Report {found.report_id}",
            report=found,
            words=fmt.period(period.first_day, period.last_day, grain),
            shown=fmt.value(found.amount, State(found.state), unit=found.unit),
            address=_address(found),
        )

    def _file(self, request: Request, form: Form) -> Response:
        address = self.access.address(request.scope, request.headers) or "local"
        verdict = self.access.limiter.take(f"reports:{address}", _A_MINUTE)
        if not verdict.is_allowed:
            raise LimitError("too many reports at a time", retry_seconds=verdict.retry_seconds, hint="wait a minute")
        about = _about(self._number(form))
        number = self.accounts.reports.file(about, form.get("message", ""), account_id=principal_of(request).account_id)
        return see(f"/reports/{number}")

    def _number(self, asked: Mapping[str, str]) -> Explanation:
        """The number that the fields name, in the release that they name."""
        if not asked.get("metric") or not asked.get("entity"):
            raise QueryError("no number is named", hint="follow the link beside a number")
        with self.read_model.pinned(number_of(asked.get("release"))) as reader:
            return reader.explain(
                asked["metric"],
                named_entity(reader, asked["entity"]),
                choice(asked.get("grain"), Grain, Grain.ALL),
                day(asked.get("bucket")),
                limit=_ROWS,
            )

    def _page(self, template: str, title: str, **context: object) -> Response:
        html = self.environment.get_template(template).render(
            page={"title": title, "description": ""}, release=None, path="/report", query="", **context
        )
        return HTMLResponse(html, headers={"Cache-Control": "no-store", "X-Robots-Tag": "noindex"})

    def _handler(self, answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await run_in_threadpool(answer, request)

        return handle


def _about(why: Explanation) -> Number:
    evidence = {
        "definition_version": why.metric.version,
        "row_count": why.row_count,
        "amount_of_rows": why.amount_of_rows,
        "unknown_amount_rows": why.unknown_amount_rows,
        "user_count": why.user_count,
        "counted_users": why.counted_users,
        "first_day": why.point.first_day,
        "last_day": why.point.last_day,
        "newest_records": [row.record_ref for row in why.rows.items],
        "code_version": why.release.code_version,
        "fingerprint": why.release.fingerprint,
    }
    return Number(
        why.metric.name,
        fmt.reference(why.entity),
        f"{why.metric.display_name} of {fmt.title(why.entity)}",
        why.grain.value,
        why.point.bucket,
        why.point.amount,
        why.point.state.value,
        why.metric.unit,
        why.point.coverage_ratio,
        why.release.number,
        json_bytes(evidence).decode(),
    )


def _address(report: Report) -> str:
    """Where the number is explained, in the release in which it was seen."""
    place = f"grain={report.grain}&bucket={report.bucket}&release={report.release_number}"
    return f"/explain/{report.metric}/{quote(report.entity)}?{place}"
