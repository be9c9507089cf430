"""A bounded queue that is fair between callers: who asks much waits behind himself, not before others."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

from observer.query.sql.question import BusyError

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Gives callers their turn one after the other.

    `most` wait altogether, `most_each` of one caller, and `most_running` of one caller run at one time.
    """

    def __init__(self, *, most: int, most_each: int, most_running: int) -> None:
        self._most, self._most_each, self._most_running = most, most_each, most_running
        self._waiting: OrderedDict[str, deque[T]] = OrderedDict()
        self._running: dict[str, int] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def put(self, subject: str, item: T) -> None:
        """Adds an item; BusyError with 429 where the caller has too many, with 503 where all have."""
        own = self._waiting.get(subject)
        if own is not None and len(own) >= self._most_each:
            raise BusyError(f"{len(own)} of your queries are waiting already", status=429, retry_seconds=2)
        if self._length >= self._most:
            raise BusyError("too many queries are waiting", status=503, retry_seconds=5)
        self._waiting.setdefault(subject, deque()).append(item)
        self._length += 1

    def take(self) -> tuple[str, T] | None:
        """The next item of the caller whose turn it is, who goes to the end; `release` is to follow."""
        for subject in self._waiting:
            if self._running.get(subject, 0) < self._most_running:
                break
        else:
            return None
        own = self._waiting.pop(subject)
        item = own.popleft()
        if own:
            self._waiting[subject] = own
        self._length -= 1
        self._running[subject] = self._running.get(subject, 0) + 1
        return subject, item

    def release(self, subject: str) -> None:
        """Says that an item of this caller runs no more."""
        left = self._running[subject] - 1
        if left:
            self._running[subject] = left
        else:
            del self._running[subject]

    def discard(self, subject: str, item: T) -> None:
        """Takes an item out that nobody waits for any more; does nothing where it is not waiting."""
        own = self._waiting.get(subject)
        if own is None or item not in own:
            return
        own.remove(item)
        self._length -= 1
        if not own:
            del self._waiting[subject]
