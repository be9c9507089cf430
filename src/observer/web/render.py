"""Pages as HTML, JSON and CSV, each made once for each release and address as long as it is remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from observer.errors import NotFoundError
from observer.http import CSV, JSON, csv_bytes, envelope, json_bytes
from observer.kept_answers import KeptAnswer, KeptAnswers
from observer.model.release import Release
from observer.query.read_model import ReadModel
from observer.web.page import Page

HTML = "text/html; charset=utf-8"
LIVE = ("/status", "/connectors", "/releases", "/insights", "/blog")
"""Pages that also tell of something beside the release: they are made anew each time."""

Builder = Callable[[ReadModel, Request], Page]
Handler = Callable[[Request], Awaitable[Response]]


class Renderer:
    """Makes handlers of pages. `public_url` is the beginning of addresses that leave the site, if it is known."""

    def __init__(self, read_model: ReadModel, environment: Environment, public_url: str | None) -> None:
        self._read_model = read_model
        self._environment = environment
        self._public_url = public_url
        self._kept = KeptAnswers()

    def handler(self, build: Builder, path: str, suffix: str, also: Callable[[], object] | None = None) -> Handler:
        """Answers with the page, or with its data where the suffix is .json or .csv.

        `also` tells the state of whatever the page shows beside the release: it is made anew once that changes.
        """
        is_kept = not path.startswith(LIVE)

        def answer(request: Request) -> Response:
            # Looked up again: the pointer may have been unknown for a moment only.
            if is_kept and (found := self._find(request, self._read_model.current_release(), also)):
                return found.response(request)
            page = build(self._read_model, request)
            if page.redirect and not suffix:
                return RedirectResponse(page.redirect, status_code=301)
            made = KeptAnswer(page.release.number, *self._body(request, page, suffix))
            if is_kept and "release" not in request.query_params:
                self._kept.keep(self._key(request, page.release, also), made)
            return made.response(request)

        async def handle(request: Request) -> Response:
            release = self._read_model.known_release()
            if is_kept and release and (found := self._find(request, release, also)):
                return found.response(request)
            return await run_in_threadpool(answer, request)

        return handle

    def _body(self, request: Request, page: Page, suffix: str) -> tuple[bytes, str]:
        if suffix == ".json":
            return json_bytes(envelope(page.release, page.data)), JSON
        if suffix == ".csv":
            if page.rows is None:
                raise NotFoundError("this page is no list", hint="ask for the .json of this page")
            return csv_bytes(page.rows), CSV
        html = self._environment.get_template(page.template).render(
            page=page,
            release=page.release,
            path=request.url.path,
            query=request.url.query,
            base_url=self._base(request),
            permalink=_permalink(request, page),
            **page.context,
        )
        return html.encode(), HTML

    def _find(self, request: Request, release: Release, also: Callable[[], object] | None) -> KeptAnswer | None:
        return self._kept.find(self._key(request, release, also))

    def _key(self, request: Request, release: Release, also: Callable[[], object] | None = None) -> tuple[object, ...]:
        place = (request.scope["path"], request.scope["query_string"], also() if also else None)
        return (release.number, release.created_at, self._base(request), *place)

    def _base(self, request: Request) -> str:
        return (self._public_url or str(request.base_url)).rstrip("/")


def _permalink(request: Request, page: Page) -> str:
    """The address of the page as it is now: with the release that it was made from."""
    kept = [(name, text) for name, text in request.query_params.multi_items() if name != "release"]
    return f"{request.url.path}?{urlencode([*kept, ('release', page.release.number)])}"
