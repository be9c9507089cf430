"""Where a forge says that a repository has moved to; git itself follows no redirect."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urljoin, urlsplit

_SERVICE = "/info/refs?service=git-upload-pack"
_SECONDS = 30.0
_MOVED = frozenset({301, 302, 307, 308})


def moved_to(url: str, proxy: str | None = None) -> str | None:
    """The address that answers for a repository of an http(s) URL now; None if it has not moved, or too far.

    Only a move on the same host, by the same protocol, is one: anything else could lead inside the own network.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return None
    proxies = {parts.scheme: proxy} if proxy else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _Stay)
    try:
        with opener.open(url.rstrip("/") + _SERVICE, timeout=_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        target = error.headers.get("Location") if error.code in _MOVED else None
        error.close()
    except (OSError, HTTPException, ValueError):
        return None
    if not target or not (found := urljoin(url, target)).endswith(_SERVICE):
        return None
    place = urlsplit(found)
    is_near = (place.scheme, place.netloc) == (parts.scheme, parts.netloc)
    return found.removesuffix(_SERVICE) if is_near else None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Lets a redirect be an error, so that its target can be looked at first."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None
