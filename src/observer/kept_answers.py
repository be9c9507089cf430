"""Answers kept in memory by release: a release never changes, so what was answered once stays true of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from hashlib import sha256
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

from observer.compression import MIN_BYTES, chosen_encoding, compressed, zstd_unpacked

MAX_BYTES = 64 * 1024 * 1024
PACKED_FROM = 32 * 1024
"""Bodies of so many bytes are kept packed alone: pages pack to a twelfth, so that ten times as many are remembered."""


class KeptAnswer:
    """One answer of one release: its body with headers and an entity tag, and compressed forms once asked for."""

    def __init__(self, release: int, body: bytes, media_type: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.plain_size = len(body)
        # Few ask for the plain body of something large; unpacking it takes a tenth of a millisecond.
        is_packed = len(body) >= PACKED_FROM
        self._plain = None if is_packed else body
        self._encoded = {"zstd": compressed(body, "zstd")} if is_packed else {}
        self.tag = f'"{release}-{sha256(body).hexdigest()[:16]}"'
        told = {
            "Content-Type": media_type,
            "ETag": self.tag,
            "Cache-Control": "public, max-age=60",
            "Vary": "Accept-Encoding",
            "X-Observer-Release": str(release),
            **(headers or {}),
        }
        self._headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in told.items()]

    @property
    def size(self) -> int:
        """Bytes in memory, compressed forms included, also those that nobody asked for yet."""
        form = len(self._plain) if self._plain is not None else len(self._encoded["zstd"])
        return form * 2 + 1000

    @property
    def body(self) -> bytes:
        """The plain body."""
        return self._plain if self._plain is not None else zstd_unpacked(self._encoded["zstd"])

    def response(self, request: Request) -> Response:
        """A 200 in an encoding that the client takes, or a 304 where it has the answer already."""
        sent = request.headers
        if sent.get("if-none-match") == self.tag and request.method in ("GET", "HEAD"):
            return _Raw(304, b"", [pair for pair in self._headers if pair[0] != b"content-type"])
        headers, body = self.encoded(sent.get("accept-encoding", ""))
        return _Raw(200, body, headers)

    def encoded(self, accepted: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """The headers and body for an Accept-Encoding header."""
        encoding = chosen_encoding(accepted) if self.plain_size >= MIN_BYTES else None
        if encoding is None:
            return [*self._headers, (b"content-length", str(self.plain_size).encode())], self.body
        if encoding not in self._encoded:
            self._encoded[encoding] = compressed(self.body, encoding)
        body = self._encoded[encoding]
        length = (b"content-length", str(len(body)).encode())
        return [*self._headers, length, (b"content-encoding", encoding.encode())], body


class KeptAnswers:
    """The answers used last, up to a number of bytes. May be shared between threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._answers: OrderedDict[Hashable, KeptAnswer] = OrderedDict()
        self._lock = Lock()
        self.hits = 0
        self.misses = 0

    def find(self, key: Hashable) -> KeptAnswer | None:
        """The answer kept under this key."""
        with self._lock:
            answer = self._answers.get(key)
            if answer is None:
                self.misses += 1
                return None
            self._answers.move_to_end(key)
            self.hits += 1
            return answer

    def keep(self, key: Hashable, answer: KeptAnswer) -> None:
        """Keeps an answer, and forgets those not used for longest. Answers that would fill a tenth are not kept."""
        if answer.size > self._max_bytes // 10:
            return
        with self._lock:
            former = self._answers.pop(key, None)
            self._bytes += answer.size - (former.size if former else 0)
            self._answers[key] = answer
            while self._bytes > self._max_bytes:
                _, forgotten = self._answers.popitem(last=False)
                self._bytes -= forgotten.size


class _Raw(Response):
    """A response whose headers are made already."""

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = headers
