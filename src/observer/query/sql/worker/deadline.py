"""Ends what takes too long, by one thread that is there all the time: starting one for each query costs more."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Deadline:
    """One thing at a time has an end; the thread is started with the first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._end = math.inf
        self._interrupt: Callable[[], None] | None = None
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def of(self, interrupt: Callable[[], None], seconds: float) -> Iterator[None]:
        """Calls `interrupt` once, from another thread, if the block has not ended after so many seconds."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            self._end, self._interrupt = time.monotonic() + seconds, interrupt
            # It sleeps until the end of something before, mostly; then it need not be woken.
            if self._end < self._wakes_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._end, self._interrupt = math.inf, None

    def _watch(self) -> None:
        with self._changed:
            while True:
                left = self._end - time.monotonic()
                if left <= 0 and self._interrupt is not None:
                    self._interrupt()
                    self._end, self._interrupt = math.inf, None
                    continue
                self._wakes_at = self._end
                self._changed.wait(None if left == math.inf else left)
                self._wakes_at = -math.inf
