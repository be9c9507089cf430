"""Forms of our own pages: read within bounds, and refused where another site sent them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from observer.errors import ForbiddenError, QueryError

_MOST_BYTES = 20_000
Form = Mapping[str, str]


async def read_form(request: Request) -> Form:
    """The fields of a form; QueryError where it is too long or cannot be read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise QueryError(f"the form is longer than {_MOST_BYTES} bytes", hint="write less")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise QueryError("the form cannot be read") from error


def require_own_page(request: Request, public_url: str | None) -> None:
    """Refuses forms of other sites, by what every browser says of a POST."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = {request.headers.get("host"), urlsplit(public_url or "").netloc or None} - {None}
    if site not in (None, "same-origin") or origin is None or urlsplit(origin).netloc not in own:
        raise ForbiddenError("the form was not sent from a page of this site", hint="open the page again")


def see(path: str) -> Response:
    """Sends a browser on to a page after a form."""
    return RedirectResponse(path, status_code=303)
