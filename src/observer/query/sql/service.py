"""Answers SQL over releases for the API, in whose process no query is parsed or run."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from observer.errors import NotFoundError, ServingError
from observer.model.release import Release
from observer.query.sql.cache import AnswerCache
from observer.query.sql.pool import PoolSettings, WorkerPool
from observer.query.sql.question import Answer, Dialect, Form, Question, Share
from observer.query.sql.text import scan

FRESH_SECONDS = 0.5
_STALE_SECONDS = 120.0
_Key = tuple[int, Question, Share]


class Releases(Protocol):
    """Where releases are looked up; `ReadModel` is one."""

    @property
    def releases_dir(self) -> Path: ...

    def current_release(self) -> Release: ...

    def release(self, number: int) -> Release: ...


@dataclass(slots=True)
class _Flight:
    task: asyncio.Task[Answer]
    waiting: int = 0


class SqlService:
    """Scans, remembers, and lets the pool run what it has not answered before. For one event loop.

    Equal questions that are asked at one time are run once.
    """

    def __init__(self, releases: Releases, settings: PoolSettings, *, cache_bytes: int = 64 * 1024 * 1024) -> None:
        self._releases = releases
        self._pool = WorkerPool(releases.releases_dir, settings)
        self._cache = AnswerCache(cache_bytes)
        self._flights: dict[_Key, _Flight] = {}
        self._numbers: dict[int | None, tuple[int, float]] = {}

    async def ask(
        self, text: str, share: Share, *, form: Form, dialect: Dialect = Dialect.TRINO, release: int | None = None
    ) -> Answer:
        """The answer to the query in `text` over the current release, or the one that is named.

        `AT RELEASE n` in the text comes before `release`. Raises what the pool does, and NotFoundError for a release
        that is not kept.
        """
        scanned = scan(text)
        question = Question(scanned.sql, dialect, form)
        asked_for = scanned.release if scanned.release is not None else release
        number = await self._number(asked_for)
        try:
            return await self._answer(question, number, share)
        except ServingError:
            # The release may have been retired since we looked.
            self._numbers.clear()
            newer = await self._number(asked_for)
            if newer == number:
                raise
            return await self._answer(question, newer, share)

    def remembered(
        self, text: str, share: Share, *, form: Form, dialect: Dialect = Dialect.TRINO, release: int | None = None
    ) -> Answer | None:
        """The answer where it is known already, at once; raises as `ask` does for texts that are no query."""
        scanned = scan(text)
        known = self._numbers.get(scanned.release if scanned.release is not None else release)
        if known is None or time.monotonic() - known[1] >= FRESH_SECONDS:
            return None
        return self._recalled(Question(scanned.sql, dialect, form), known[0], share)

    @property
    def layers(self) -> dict[str, bool] | None:
        """The layers of the workers' sandbox and whether each holds; None before the first query."""
        return self._pool.layers

    async def close(self) -> None:
        """Ends all workers."""
        await self._pool.close()

    async def _answer(self, question: Question, number: int, share: Share) -> Answer:
        if (recalled := self._recalled(question, number, share)) is not None:
            return recalled
        key = (number, question, share)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(self._pool.run(question, number, share)))
            flight.task.add_done_callback(lambda _: self._flights.pop(key, None))
        flight.waiting += 1
        try:
            answer = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._flights.pop(key, None)
                flight.task.cancel()
        self._cache.put((number, question), answer)
        return answer

    def _recalled(self, question: Question, number: int, share: Share) -> Answer | None:
        """A remembered answer, if this caller may have as much."""
        answer = self._cache.get((number, question))
        if answer is None or answer.rows > share.rows or len(answer.body) > share.bytes:
            return None
        return Answer(answer.body, number, answer.rows)

    async def _number(self, asked_for: int | None) -> int:
        """The number of the release, looked up at most twice a second."""
        known = self._numbers.get(asked_for)
        now = time.monotonic()
        if known and now - known[1] < FRESH_SECONDS:
            return known[0]
        try:
            number = (await asyncio.to_thread(self._look_up, asked_for)).number
        except NotFoundError:
            self._numbers.pop(asked_for, None)
            raise
        except ServingError:
            # While the database does not answer, what it said last holds: releases do not change.
            if known and now - known[1] < _STALE_SECONDS:
                return known[0]
            raise
        if len(self._numbers) > 1000:
            self._numbers.clear()
        self._numbers[asked_for] = (number, now)
        return number

    def _look_up(self, asked_for: int | None) -> Release:
        return self._releases.current_release() if asked_for is None else self._releases.release(asked_for)
