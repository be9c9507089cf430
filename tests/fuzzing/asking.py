"""Sends requests one by one over one kept connection, and judges each answer."""

from __future__ import annotations

import gzip
import http.client
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SECONDS = 30.0
"""A request without an answer for so long hangs."""

ALLOWED = frozenset({200, 202, 304, 307, 400, 401, 404, 405, 408, 413, 415, 429})
_LEAKS = (b"Traceback", b"site-packages", b"/tmp/", b"/home/", b"/root/", b'File "', b"postgresql://", b"psycopg",
          b"duckdb.duckdb", b"sqlglot", b"starlette")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `part` is what of the API it is for."""

    part: str
    method: str
    target: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back, and after how many seconds."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    seconds: float


@dataclass
class Tally:
    """How many answers of which status each part gave, what was wrong, and the longest wait."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    slowest: tuple[float, str] = (0.0, "")

    @property
    def asked(self) -> int:
        """All requests."""
        return sum(self.statuses.values())

    def of(self, part: str, status: int) -> int:
        """The answers of a part with this status."""
        return self.statuses[part, status]

    def lines(self) -> list[str]:
        """The tally for people."""
        parts = sorted({part for part, _ in self.statuses})
        told = [
            f"{part:8} {self.seconds[part]:6.1f} s  "
            + "  ".join(f"{s}: {n}" for (p, s), n in sorted(self.statuses.items()) if p == part)
            for part in parts
        ]
        seconds, asked = self.slowest
        return [f"{self.asked} requests", *told, f"slowest {seconds:.2f} s: {asked[:200]}", *self.faults]


class Asking:
    """Asks one server. `secrets` are texts that no answer may hold: its folders, its database."""

    def __init__(self, url: str, secrets: Iterable[str] = ()) -> None:
        parts = urlsplit(url)
        self.url = url
        self.tally = Tally()
        self._host, self._port = str(parts.hostname), parts.port
        self._connection: http.client.HTTPConnection | None = None
        self._secrets = tuple(text.encode() for text in secrets if text)

    def ask(self, asked: Asked) -> Answered | None:
        """The answer, counted and judged; None where there was none."""
        begun = time.perf_counter()
        try:
            answer = self._send(asked, begun)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            self.fault(asked, f"no answer: {error!r}")
            self.tally.statuses[asked.part, 0] += 1
            return None
        self.tally.statuses[asked.part, answer.status] += 1
        self.tally.seconds[asked.part] += answer.seconds
        self.tally.slowest = max(self.tally.slowest, (answer.seconds, f"{asked.method} {asked.target} {asked.body!r}"))
        if answer.status not in ALLOWED:
            self.fault(asked, f"status {answer.status}: {answer.body[:300]!r}")
        for leak in self._leaks(asked, answer):
            self.fault(asked, f"tells {leak!r}: {answer.body[:300]!r}")
        return answer

    def fault(self, asked: Asked, what: str) -> None:
        """Notes that something was wrong."""
        self.tally.faults.append(f"{what}\n    {asked.method} {asked.target[:600]} {str(asked.body)[:900]}")

    def close(self) -> None:
        """Gives the connection back."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _send(self, asked: Asked, begun: float) -> Answered:
        is_fresh = self._connection is None
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            self._connection.request(asked.method, asked.target, asked.body, dict(asked.headers))
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server closes a kept connection after a while, and after a request that it could not read.
            self.close()
            if is_fresh:
                raise
            return self._send(asked, begun)
        body = answer.read()
        if answer.getheader("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return Answered(answer.status, answer.getheaders(), body, time.perf_counter() - begun)

    def _leaks(self, asked: Asked, answer: Answered) -> list[bytes]:
        if answer.status in (200, 304):
            return [secret for secret in (*self._secrets, b"Traceback (most") if secret in answer.body]
        said = (asked.body or b"") + asked.target.encode("utf-8", "replace")
        return [leak for leak in (*_LEAKS, *self._secrets) if leak in answer.body and leak not in said]
