"""What machines read of the site: the feed of releases, the map of pages, and where robots need not go."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from markupsafe import escape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import MAX_OFFSET, MAX_PAGE, RowQuery
from observer.web.docs import Library

_ENTRIES = 30
_PAGES = (
    "/",
    "/explore",
    "/metrics",
    "/data",
    "/insights",
    "/blog",
    "/lineage",
    "/connectors",
    "/status",
    "/releases",
    "/docs",
    "/about",
)

ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /v1/
Disallow: /account
Disallow: /compare
Disallow: /data/sql
Disallow: /embed/
Disallow: /explain/
Disallow: /report
Disallow: /sign-in
Disallow: /*?
"""


class Feeds:
    """The routes. Addresses in them begin with `public_url`, or with where the request came to."""

    def __init__(self, read_model: ReadModel, title: str, public_url: str | None, library: Library) -> None:
        self._read_model = read_model
        self._title = title
        self._public_url = public_url
        self._library = library
        self._maps: dict[tuple[int, datetime, str], bytes] = {}

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/releases.atom", _blocking(self.atom)),
            Route("/sitemap.xml", _blocking(self.sitemap)),
            Route("/robots.txt", _blocking(self.robots)),
        ]

    def atom(self, request: Request) -> Response:
        """The releases that can be read as an Atom feed (RFC 4287), newest first."""
        base = self._base(request)
        releases = [entry.release for entry in self._read_model.releases()[:_ENTRIES]]
        updated = _moment(releases[0].created_at) if releases else _moment(datetime(1970, 1, 1, tzinfo=UTC))
        entries = "".join(
            f"<entry><id>{base}/releases/{release.number}</id>"
            f"<title>Release {release.number}: data up to {release.as_of}</title>"
            f'<link href="{base}/releases/{release.number}"/><updated>{_moment(release.created_at)}</updated>'
            f"<summary>{sum(table.rows for table in release.tables)} rows in {len(release.tables)} tables, "
            f"code {escape(release.code_version)}.</summary></entry>\n"
            for release in releases
        )
        text = (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
            f"<id>{base}/releases</id><title>Releases of {escape(self._title)}</title>"
            f'<link rel="self" href="{base}/releases.atom"/><link href="{base}/releases"/>'
            f"<author><name>{escape(self._title)}</name></author><updated>{updated}</updated>\n{entries}</feed>\n"
        )
        return Response(text, media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=300"})

    def sitemap(self, request: Request) -> Response:
        """The pages that are worth finding (sitemaps.org), as of the current release."""
        base = self._base(request)
        with self._read_model.pinned() as reader:
            key = (reader.release.number, reader.release.created_at, base)
            if key not in self._maps:
                self._maps.clear()
                self._maps[key] = self._map(reader, base)
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(self._maps[key], media_type="application/xml", headers=headers)

    def robots(self, request: Request) -> Response:
        """Everything that is endless or costs much is left out."""
        return Response(f"{ROBOTS}Sitemap: {self._base(request)}/sitemap.xml\n", media_type="text/plain")

    def _map(self, reader: ReleaseReader, base: str) -> bytes:
        def lines() -> Iterator[str]:
            day = reader.release.created_at.date()
            for path in (*_PAGES, *self._paths(reader)):
                yield f"<url><loc>{escape(base + path)}</loc><lastmod>{day}</lastmod></url>\n"

        head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        return "".join([head, *lines(), "</urlset>\n"]).encode()

    def _paths(self, reader: ReleaseReader) -> Iterator[str]:
        yield from (f"/docs/{document.name}" for document in self._library.documents)
        yield from (f"/metric/{metric.name}" for metric in reader.metrics())
        for kind in ("collection", "project"):
            yield from (f"/{kind}/{name}" for name in _names(reader, kind))

    def _base(self, request: Request) -> str:
        return str(escape((self._public_url or str(request.base_url)).rstrip("/")))


def _names(reader: ReleaseReader, kind: str) -> Iterable[str]:
    """The names of all projects or collections, up to the deepest page there is."""
    column = f"{kind}_name"
    for offset in range(0, MAX_OFFSET + 1, MAX_PAGE):
        query = RowQuery(f"{kind}s", columns=(column,), order_by=((column, "asc"),), limit=MAX_PAGE, offset=offset)
        text, count = reader.rows(query)
        yield from (row[column] for row in json.loads(text))
        if count < MAX_PAGE:
            return


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _blocking(answer: Callable[[Request], Response]) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return handle
