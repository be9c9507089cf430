"""Rates and concurrency by subject, in memory: the generic cell rate algorithm (ITU-T I.371), one number a subject."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

WINDOW_SECONDS = 60.0
_MOST_SUBJECTS = 100_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on, and what is left.

    `remaining` requests may follow at once; the full quota is there again after `reset_seconds`. A refused request
    may come again after `retry_seconds`.
    """

    is_allowed: bool
    quota: int
    remaining: int
    reset_seconds: float
    retry_seconds: float = 0.0


class Limiter:
    """Counts what subjects take. A quota of q lets through q at once and q more a minute.

    `clock` is monotonic, in seconds. Safe between threads; one process only (`SharedLimiter` is for several).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._arrivals: dict[str, float] = {}
        self._running: dict[str, int] = {}

    def take(self, subject: str, quota: int, cost: float = 1.0) -> Verdict:
        """Takes `cost` of a subject's quota a minute, if it is there."""
        now = self._clock()
        interval = WINDOW_SECONDS / quota
        with self._lock:
            start = max(self._arrivals.get(subject, now), now)
            end = start + cost * interval
            # A question dearer than the whole quota goes on where nothing else is owed.
            if end - now > WINDOW_SECONDS + 1e-9 and start > now:
                return verdict_of(quota, start - now, refused_step=cost * interval)
            self._keep(subject, end, now)
        return verdict_of(quota, end - now)

    def spend(self, subject: str, quota: int, cost: float) -> None:
        """Takes what a request turned out to cost, also where it is more than is left."""
        now = self._clock()
        with self._lock:
            self._keep(subject, max(self._arrivals.get(subject, now), now) + cost * WINDOW_SECONDS / quota, now)

    def enter(self, subject: str, most: int) -> bool:
        """Begins one of at most `most` requests at a time; `leave` must follow where it returns True."""
        with self._lock:
            running = self._running.get(subject, 0)
            if most and running >= most:
                return False
            self._running[subject] = running + 1
            return True

    def leave(self, subject: str) -> None:
        """Ends a request that `enter` began."""
        with self._lock:
            running = self._running[subject] - 1
            if running:
                self._running[subject] = running
            else:
                del self._running[subject]

    def _keep(self, subject: str, arrival: float, now: float) -> None:
        if len(self._arrivals) >= _MOST_SUBJECTS and subject not in self._arrivals:
            self._arrivals = {name: at for name, at in self._arrivals.items() if at > now}
            if len(self._arrivals) >= _MOST_SUBJECTS:
                # Those who owe least are forgotten: they lose the least by it.
                kept = sorted(self._arrivals.items(), key=lambda item: item[1])[_MOST_SUBJECTS // 2 :]
                self._arrivals = dict(kept)
        self._arrivals[subject] = arrival


def verdict_of(quota: int, owed_seconds: float, *, refused_step: float | None = None) -> Verdict:
    """The verdict on a subject that owes so many seconds; `refused_step` is what a refused request would have added."""
    left = max(0, math.floor((WINDOW_SECONDS - owed_seconds) * quota / WINDOW_SECONDS + 1e-9))
    if refused_step is None:
        return Verdict(True, quota, left, owed_seconds)
    return Verdict(False, quota, left, owed_seconds, max(0.0, owed_seconds + refused_step - WINDOW_SECONDS))
