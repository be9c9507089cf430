"""Compresses answers with zstd or gzip, whichever the client takes; one compressed form is made once and kept."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Protocol

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 1024
_TYPES = ("application/json", "text/", "image/svg+xml", "application/javascript", "application/openapi")
_ZSTD_LEVEL = 3
_GZIP_LEVEL = 5


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


@lru_cache(maxsize=1024)
def chosen_encoding(accepted: str) -> str | None:
    """The encoding for an Accept-Encoding header: zstd before gzip, None for neither."""
    names = set()
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.strip().replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            names.add(name.strip())
    return "zstd" if "zstd" in names else "gzip" if "gzip" in names or "*" in names else None


def compressed(body: bytes, encoding: str) -> bytes:
    """The whole body in this encoding."""
    compressor = _compressor(encoding)
    return compressor.compress(body) + compressor.flush()


def zstd_unpacked(body: bytes) -> bytes:
    """The plain body of one that `compressed` made."""
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


class Compression:
    """Compresses text answers that are not small and not compressed already, at once or chunk by chunk."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        encoding = chosen_encoding(Headers(scope=scope).get("accept-encoding", ""))
        await self.app(scope, receive, _Sender(send, encoding))


class _Sender:
    """Holds the head back until the first piece of the body tells how long it is."""

    def __init__(self, send: Send, encoding: str | None) -> None:
        self._send = send
        self._encoding = encoding
        self._head: Message | None = None
        self._compressor: _Compressor | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
        elif message["type"] != "http.response.body":
            await self._release_head()
            await self._send(message)
        elif self._head is not None:
            await self._first(self._head, message)
        elif self._compressor is not None:
            await self._send({**message, "body": self._piece(message)})
        else:
            await self._send(message)

    async def _first(self, head: Message, message: Message) -> None:
        headers = MutableHeaders(raw=head["headers"])
        is_text = headers.get("content-type", "").startswith(_TYPES)
        if is_text and "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        body, more = message.get("body", b""), message.get("more_body", False)
        if (
            self._encoding is None
            or not is_text
            or "content-encoding" in headers
            or not (more or len(body) >= MIN_BYTES)
        ):
            await self._release_head()
            await self._send(message)
            return
        headers["Content-Encoding"] = self._encoding
        self._compressor = _compressor(self._encoding)
        body = self._piece(message)
        if more:
            del headers["content-length"]
        else:
            headers["Content-Length"] = str(len(body))
        head["headers"] = headers.raw
        await self._release_head()
        await self._send({**message, "body": body})

    async def _release_head(self) -> None:
        if self._head is not None:
            head, self._head = self._head, None
            await self._send(head)

    def _piece(self, message: Message) -> bytes:
        assert self._compressor is not None  # noqa: S101 - made with the first piece
        piece = self._compressor.compress(message.get("body", b""))
        return piece if message.get("more_body", False) else piece + self._compressor.flush()


def _compressor(encoding: str) -> _Compressor:
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 31)
