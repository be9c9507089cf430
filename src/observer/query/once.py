"""What is read of a release once and then known, since a release never changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from observer.query.session import Session

T = TypeVar("T")
_KEPT = 8


class OncePerRelease(Generic[T]):
    """A reader of something small that remembers the answers of the releases asked last. May be shared by threads."""

    def __init__(self, read: Callable[[Session], T]) -> None:
        self._read = read
        self._known: dict[tuple[int, datetime, str], T] = {}

    def __call__(self, session: Session) -> T:
        release = session.release
        key = (release.number, release.created_at, release.fingerprint)
        known = self._known
        if key in known:
            return known[key]
        found = self._read(session)
        # Replaced whole, so that threads that look into the old one still find what they saw in it.
        self._known = {**(known if len(known) < _KEPT else {}), key: found}
        return found
