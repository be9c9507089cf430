"""The website's routes: each page with its data as `.json` and, for lists, `.csv` at the same address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from observer.errors import ObserverError
from observer.http import JSON, json_bytes
from observer.query.read_model import ReadModel
from observer.web import format as fmt
from observer.web import picture, tables
from observer.web.blog import Blog
from observer.web.compiled import CompiledTemplates
from observer.web.docs import Library
from observer.web.embed import Embeds
from observer.web.feeds import Feeds
from observer.web.gallery import Gallery
from observer.web.markdown import markdown
from observer.web.pages import (
    about,
    compare,
    connector,
    data,
    entity,
    explain,
    explore,
    home,
    lineage,
    metric,
    model,
    people,
    release,
    search,
    status,
)
from observer.web.pages.blog import BlogPages
from observer.web.pages.docs import DocsPages
from observer.web.pages.insights import InsightPages
from observer.web.render import Builder, Renderer

STATIC = Path(__file__).parent / "static"
_ASSETS = sha256(b"".join(file.read_bytes() for file in sorted(STATIC.iterdir()))).hexdigest()[:10]
"""Changes with any file of the folder, and with it their addresses."""

_COMPILED = CompiledTemplates()


class Assets(StaticFiles):
    """Files of the site; at an address with a version they may be kept for good."""

    def file_response(self, *args: Any, **keywords: Any) -> Response:
        response = super().file_response(*args, **keywords)
        scope: Scope = args[2] if len(args) > 2 else keywords["scope"]
        is_versioned = scope["query_string"].startswith(b"v=")
        lasting = "public, max-age=31536000, immutable" if is_versioned else "public, max-age=300"
        response.headers["Cache-Control"] = lasting
        return response


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the site presents itself; `now` is the clock that ages are told by.

    `docs` is where documents are, `insights` where the rendered gallery is, `reports` where the
    editions of ecosystem reports are.
    """

    title: str
    now: Callable[[], datetime]
    code_version: str
    public_url: str | None = None
    has_accounts: bool = False
    docs: Path | None = None
    insights: Path | None = None
    reports: Path | None = None


_FILTERS = (
    "number",
    "short",
    "value",
    "percent",
    "day",
    "moment",
    "period",
    "title",
    "path",
    "reference",
    "safe_url",
    "record_url",
    "brief_ref",
    "signed",
)

PAGES: tuple[tuple[str, Builder], ...] = (
    ("/project/{name}", entity.project),
    ("/collection/{name}", entity.collection),
    ("/artifact/{source}/{namespace}/{name:path}", entity.artifact),
    ("/compare", compare.compare),
    ("/metrics", metric.metrics),
    ("/metric/{name}", metric.metric),
    ("/explain/{metric}/{entity:path}", explain.explain),
    ("/model/{name}", model.model),
    ("/data", data.data),
    ("/data/{name}", data.table),
    ("/lineage", lineage.lineage),
    ("/lineage/metric/{name}", lineage.of_metric),
    ("/lineage/model/{name}", lineage.of_model),
    ("/people", people.people),
    ("/people/{name}", people.people_class),
    ("/connectors", connector.connectors),
    ("/connectors/{name}", connector.connector),
    ("/status", status.status),
    ("/releases", release.releases),
    ("/releases/{number}", release.release),
    ("/about", about.about),
)


def routes(read_model: ReadModel, settings: WebSettings) -> list[BaseRoute]:
    """All routes of the website over one read model."""
    environment = build_environment(settings)
    renderer = Renderer(read_model, environment, settings.public_url)
    library = Library.read(settings.docs)
    editions = Blog(settings.reports)
    gallery = Gallery(settings.insights, editions)
    insights = InsightPages(gallery, settings.title, settings.public_url, settings.now)
    blog = BlogPages(editions, gallery, settings.title, settings.public_url, settings.now)
    of_insights = (
        ("/insights", insights.index),
        ("/insights/contributors", insights.contributors),
        ("/insights/{kind}/{slug}", insights.insight),
        ("/blog", blog.index),
        ("/blog/{slug}", blog.edition),
        ("/blog/{slug}/{release}", blog.edition),
    )
    result: list[BaseRoute] = [
        Route("/connectors/registry.json", _registry(read_model, settings)),
        *Feeds(read_model, settings.title, settings.public_url, library).routes(),
        *insights.routes(),
        *blog.routes(),
        *Embeds(read_model, environment, settings.title, settings.public_url).routes(),
    ]
    first = partial(home.home, gallery=gallery)
    result.extend(
        Route(path, renderer.handler(first, "/", suffix, also=gallery.changed_at))
        for path, suffix in (("/index.json", ".json"), ("/index.csv", ".csv"), ("/", ""))
    )
    for path, build in (*PAGES, *of_insights, *_of_documents(library)):
        result.extend(Route(path + suffix, renderer.handler(build, path, suffix)) for suffix in (".json", ".csv"))
        result.append(Route(path, renderer.handler(build, path, "")))
    result.append(Route("/favicon.ico", _favicon))
    result.append(Mount("/static", Assets(directory=STATIC)))
    return result


def _of_documents(library: Library) -> tuple[tuple[str, Builder], ...]:
    """The pages that know the documentation: its own, and those that search."""
    docs = DocsPages(library)
    return (
        ("/docs", docs.index),
        ("/docs/{name}", docs.document),
        ("/explore", partial(explore.explore, library=library)),
        ("/search", partial(search.search, library=library)),
    )


async def error_page(request: Request, error: Exception, settings: WebSettings) -> Response:
    """The page of an error, in words that say what to do."""
    status, message, hint = 500, "The server failed to answer.", None
    if isinstance(error, ObserverError):
        status, message, hint = error.status, error.what, error.hint
    elif isinstance(error, HTTPException):
        status, message = error.status_code, "There is no page here." if error.status_code == 404 else error.detail
    template = build_environment(settings).get_template("error.html")
    html = template.render(status=status, message=message, hint=hint, release=None, page=None, path=request.url.path)
    return HTMLResponse(html, status_code=status)


def build_environment(settings: WebSettings) -> Environment:
    """What templates are rendered with."""
    environment = Environment(
        loader=PackageLoader("observer.web", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        finalize=fmt.shown,
        bytecode_cache=_COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers: Mapping[str, Callable[..., object]] = {name: getattr(fmt, name) for name in _FILTERS}
    environment.filters.update(helpers)
    environment.filters["markdown"] = markdown
    environment.globals.update(
        site_title=settings.title,
        code_version=settings.code_version,
        asset=lambda name: f"/static/{name}?v={_ASSETS}",
        has_accounts=settings.has_accounts,
        share_type="svg" if picture.font() is None else "png",
        grain_labels=fmt.GRAIN_LABELS,
        ago=lambda then: fmt.ago(then, settings.now()),
        period=fmt.period,
        value=fmt.value,
        number=fmt.number,
        short=fmt.short,
        amount=tables.amount,
        entity_rows=tables.entity_rows,
        point_rows=tables.point_rows,
    )
    return environment


def _registry(read_model: ReadModel, settings: WebSettings) -> Callable[[Request], object]:
    """The catalogue of connectors in the form of Airbyte's registry, as a document of its own."""

    def answer(request: Request) -> Response:
        base_url = settings.public_url or str(request.base_url)
        with read_model.pinned() as reader:
            document = reader.connector_registry(base_url, settings.code_version.split("+")[0])
        return Response(json_bytes(document), media_type=JSON)

    async def handle(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return handle


async def _favicon(request: Request) -> Response:
    return RedirectResponse("/static/icon.svg")
