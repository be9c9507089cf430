"""Results of async-sql: kept for a quarter of an hour behind an address that nobody can guess."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from observer.scratch import scratch_folder

KEEP_SECONDS = 15 * 60.0
_MOST_BYTES = 2 * 1024 * 1024 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A file of rows, the release that they came from, and when it goes (in the store's clock)."""

    path: Path
    release: int
    size: int
    ends_at: float


class ResultStore:
    """Files in a folder of their own, which goes with the process. Not thread-safe."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most_bytes: int = _MOST_BYTES) -> None:
        self._clock = clock
        self._most_bytes = most_bytes
        self._stack = contextlib.ExitStack()
        self._folder: Path | None = None
        self._results: OrderedDict[str, StoredResult] = OrderedDict()

    def put(self, body: bytes, release: int) -> str:
        """Keeps the bytes; returns their token. The oldest results go where there are too many."""
        if self._folder is None:
            self._folder = self._stack.enter_context(scratch_folder("sql"))
        token = secrets.token_urlsafe(24)
        path = self._folder / secrets.token_hex(16)
        path.write_bytes(body)
        self._results[token] = StoredResult(path, release, len(body), self._clock() + KEEP_SECONDS)
        self._sweep()
        return token

    def find(self, token: str) -> StoredResult | None:
        """The result of this token, as long as it is kept."""
        self._sweep()
        return self._results.get(token) if _TOKEN.fullmatch(token) else None

    def close(self) -> None:
        """Removes everything."""
        self._results.clear()
        self._stack.close()
        self._folder = None

    def _sweep(self) -> None:
        held = sum(result.size for result in self._results.values())
        while self._results:
            token, oldest = next(iter(self._results.items()))
            is_last = len(self._results) == 1
            if oldest.ends_at > self._clock() and (held <= self._most_bytes or is_last):
                return
            held -= oldest.size
            del self._results[token]
            oldest.path.unlink(missing_ok=True)
