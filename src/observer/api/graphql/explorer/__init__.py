"""The explorer: one page to write queries in, with the schema beside it. Everything comes from this server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_FILES = {
    "explorer": ("explorer.html", "text/html; charset=utf-8"),
    "explorer.js": ("explorer.js", "text/javascript; charset=utf-8"),
    "explorer.css": ("explorer.css", "text/css; charset=utf-8"),
}


def explorer_routes(prefix: str) -> list[BaseRoute]:
    """The routes of the page and its two files, below the address of GraphQL."""
    return [Route(f"{prefix}/graphql/{name}", _file(*found)) for name, found in _FILES.items()]


def _file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    body = (files(__package__) / name).read_bytes()

    async def handle(request: Request) -> Response:
        return Response(body, media_type=media_type, headers={"Cache-Control": "public, max-age=3600"})

    return handle
