"""Charts in other people's pages: `/embed` for frames, oEmbed for sites that ask, pictures for links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from observer.errors import NotFoundError, QueryError
from observer.http import JSON, json_bytes
from observer.model.metric import Grain
from observer.query.answers import Entity, Series
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.web import charts, picture
from observer.web import format as fmt
from observer.web.pages.common import CARD_METRICS
from observer.web.parameters import named_entity, release_number
from observer.web.share import share_image
from observer.web.view import read_view

WIDTH, HEIGHT = 640, 380
"""The size of a frame, where nobody asks for less."""

_SMALLEST = 200
_KINDS = ("project", "collection", "artifact")
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors *"
_KEPT = {"Cache-Control": "public, max-age=300"}


class _UnknownFormatError(QueryError):
    """What the oEmbed specification says to formats that are not spoken."""

    status = 501


@dataclass(frozen=True, slots=True)
class Embeds:
    """The routes. Addresses that leave the site begin with `public_url`, or with where the request came to."""

    read_model: ReadModel
    environment: Environment
    title: str
    public_url: str | None

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/embed/{metric}/{entity:path}", _blocking(self.frame)),
            Route("/oembed", _blocking(self.oembed)),
            Route("/share/{entity:path}.svg", _blocking(self.picture)),
            Route("/share/{entity:path}.png", _blocking(self.packed_picture)),
        ]

    def frame(self, request: Request) -> Response:
        """One chart as a page of its own, without scripts, which any site may frame."""
        view = read_view(request.query_params, release_number(request))
        theme = request.query_params.get("theme", "")
        with self.read_model.pinned(view.release) as reader:
            entity = named_entity(reader, request.path_params["entity"])
            metric = reader.metric(request.path_params["metric"])
            start = view.start(reader.release.as_of)
            series = reader.series(metric.name, entity, view.grain, start, None, view.classes)
            drawn = charts.at_month_ends(series) if view.grain.is_rolling else series
            html = self.environment.get_template("embed.html").render(
                series=series,
                chart=charts.series_chart(drawn),
                release=reader.release,
                theme=theme if theme in ("light", "dark") else "",
                address=f"{self._base(request)}{fmt.path(entity)}",
            )
        return HTMLResponse(html, headers=_KEPT | {"Content-Security-Policy": _POLICY, "X-Robots-Tag": "noindex"})

    def oembed(self, request: Request) -> Response:
        """What stands for one of our addresses elsewhere (oembed.com), as JSON."""
        if request.query_params.get("format", "json") != "json":
            raise _UnknownFormatError("only JSON is spoken here", hint="ask with format=json")
        address = request.query_params.get("url", "")
        own = {urlsplit(base).netloc for base in (self._base(request), str(request.base_url))}
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or parts.netloc not in own:
            raise NotFoundError("this address is not one of ours")
        metric, reference = _named(unquote(parts.path))
        query = {name: text for name, text in parse_qsl(parts.query) if name in ("grain", "range", "who", "release")}
        with self.read_model.pinned() as reader:
            entity = named_entity(reader, reference)
            found = reader.metric(metric)
        if query.get("grain") in (Grain.ALL.value, Grain.DAY.value):
            del query["grain"]
        source = f"{self._base(request)}/embed/{found.name}{fmt.path(entity)}{'?' + urlencode(query) if query else ''}"
        title = f"{found.display_name} of {fmt.title(entity)}"
        width, height = _size(request, "maxwidth", WIDTH), _size(request, "maxheight", HEIGHT)
        frame = f'<iframe src="{fmt.escaped(source)}" width="{width}" height="{height}" title="{fmt.escaped(title)}" '
        told = {
            "version": "1.0",
            "type": "rich",
            "title": title,
            "provider_name": self.title,
            "provider_url": self._base(request),
            "width": width,
            "height": height,
            "html": frame + 'loading="lazy" style="border:0"></iframe>',
            "cache_age": 3600,
        }
        return Response(json_bytes(told), media_type=JSON, headers=_KEPT)

    def picture(self, request: Request) -> Response:
        """The picture of an entity for links to its page, as SVG."""
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
        return Response(self._drawn(request), media_type="image/svg+xml", headers=_KEPT | policy)

    def packed_picture(self, request: Request) -> Response:
        """The same picture as PNG."""
        if picture.font() is None:
            raise NotFoundError("this server has no font to draw with", hint="ask for the .svg")
        return Response(picture.png(self._drawn(request)), media_type="image/png", headers=_KEPT)

    def _drawn(self, request: Request) -> str:
        with self.read_model.pinned(release_number(request)) as reader:
            entity = named_entity(reader, request.path_params["entity"])
            release = reader.release
            values = {v.metric: v for v in reader.key_metrics(entity) if v.grain is Grain.ROLLING_90_DAYS}
            shown = [values[name] for name in CARD_METRICS if name in values]
            series = _first_series(reader, entity, [value.metric for value in shown])
            footer = f"{self.title} · release {release.number}, data up to {fmt.day(release.as_of)}"
            return share_image(fmt.title(entity), entity.entity_type.value.capitalize(), shown, series, footer)

    def _base(self, request: Request) -> str:
        return (self.public_url or str(request.base_url)).rstrip("/")


def _first_series(reader: ReleaseReader, entity: Entity, metrics: Sequence[str]) -> Series | None:
    start = reader.release.as_of.replace(year=reader.release.as_of.year - 1, day=1)
    found = reader.series_of_metrics(metrics[:1], entity, Grain.WEEK, start)
    return found[0] if found else None


def _named(path: str) -> tuple[str, str]:
    """The metric and the entity that a page of ours shows; NotFoundError where it shows no entity."""
    kind, _, rest = path.strip("/").partition("/")
    if kind in ("explain", "embed"):
        metric, _, reference = rest.partition("/")
        return metric, reference
    if kind in _KINDS and rest:
        return "commits", f"{kind}/{rest}"
    raise NotFoundError(
        f"'{path[:100]}' shows no chart", hint="pages of projects, collections, artifacts and numbers do"
    )


def _size(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    return max(_SMALLEST, min(int(text), usual)) if text.isascii() and text.isdigit() and len(text) < 7 else usual


def _blocking(answer: Callable[[Request], Response]) -> Callable[[Request], object]:
    async def handle(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return handle
