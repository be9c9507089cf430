"""Reads the body of an answer under limits: whole, unpacked, not too large, and JSON where JSON was asked for."""

from __future__ import annotations

import time
import zlib

import orjson
from requests.exceptions import ConnectionError as RequestsConnectionError
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from observer.errors import SourceError

_CHUNK = 64 * 1024
_LARGEST_RATIO = 200
_RATIO_COUNTS_FROM = 8 * 1024 * 1024


def read_body(raw: BaseHTTPResponse, limit: int, seconds: float) -> bytes:
    """The unpacked body.

    Raises SourceError for one that is larger than `limit` bytes or packed in another way than gzip, and requests'
    ConnectionError, which is tried again, for one that is cut off or takes longer than `seconds`.
    """
    encoding = (raw.headers.get("Content-Encoding") or "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise SourceError(f"the answer is packed as {encoding!r}, which was not asked for")
    packer = None if encoding in ("identity", "") else zlib.decompressobj(zlib.MAX_WBITS | 32)
    parts: list[bytes] = []
    size = received = 0
    deadline = time.monotonic() + seconds
    try:
        while chunk := raw.read(_CHUNK, decode_content=False):
            received += len(chunk)
            if time.monotonic() > deadline:
                raise RequestsConnectionError(f"the answer takes longer than {seconds:g} seconds")
            while chunk:
                part = packer.decompress(chunk, _CHUNK * 16) if packer else chunk
                chunk = packer.unconsumed_tail if packer else b""
                size += len(part)
                _require_size(size, received, limit, is_packed=packer is not None)
                parts.append(part)
        if packer is not None and received and not packer.eof:
            raise RequestsConnectionError("the packed answer ends before its end")
    except (HTTPError, OSError, zlib.error) as error:
        raise RequestsConnectionError(f"the answer was cut off or is damaged: {error}") from error
    return b"".join(parts)


def require_json(body: bytes, url: str) -> None:
    """Raises requests' ConnectionError, which is tried again, unless a body is one whole JSON document."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestsConnectionError(f"{url} answered with something that is no whole JSON: {error.msg}") from error


def _require_size(size: int, received: int, limit: int, *, is_packed: bool) -> None:
    if size > limit:
        raise SourceError(f"the answer is larger than {limit} bytes", hint="raise `transport.max_response_bytes`")
    if is_packed and size > _RATIO_COUNTS_FROM and size > received * _LARGEST_RATIO:
        raise SourceError(f"the answer unpacks to more than {_LARGEST_RATIO} times its size")
