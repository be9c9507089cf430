"""The asynchronous client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date
from types import TracebackType
from typing import Any, TypeVar

import httpx

from observer.client import calls
from observer.client.calls import Call
from observer.client.errors import ConnectionFailedError
from observer.client.model import Entity, Event, Explanation, KeyMetric, Listed, Metric, Page, SearchHit, Series
from observer.client.table import Table
from observer.client.transport import options_of, read_answer, wait_before

T = TypeVar("T")


class AsyncClient:
    """Asks one observatory, keeping its connections open; use it as an async context manager.

    `url` and `api_key` are taken from OBSERVER_URL and OBSERVER_API_KEY where they are not given. Answers 429, 502, 503
    and 504 are asked for again up to `retries` times, when Retry-After says. `release` pins a question to a release.
    Raises ClientError: AuthenticationError, NotFoundError, RateLimitedError, AnswerError or ConnectionFailedError.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        longest_wait: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._options = options_of(url, api_key, timeout, retries, longest_wait)
        self._http = httpx.AsyncClient(
            base_url=self._options.url, headers=self._options.headers, timeout=timeout, transport=transport
        )

    def __repr__(self) -> str:
        return f"AsyncClient({self._options.url!r})"

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def search(
        self, text: str, *, entity_type: str | None = None, limit: int = 20, release: int | None = None
    ) -> tuple[SearchHit, ...]:
        """Entities by text, best first; forgives typing errors."""
        return await self._ask(calls.search(text, entity_type, limit, release))

    async def projects_page(self, **options: object) -> Page[Listed]:
        """One page of projects; the options are those of GET /api/v1/projects."""
        return await self._ask(calls.listing("projects", options))

    async def projects(self, **options: object) -> AsyncIterator[Listed]:
        """All projects, page after page; the options are those of GET /api/v1/projects."""
        async for page in self._pages(lambda cursor: calls.listing("projects", options | cursor)):
            for item in page.items:
                yield item

    async def collections(self, **options: object) -> AsyncIterator[Listed]:
        """All collections, page after page."""
        async for page in self._pages(lambda cursor: calls.listing("collections", options | cursor)):
            for item in page.items:
                yield item

    async def artifacts(self, **options: object) -> AsyncIterator[Listed]:
        """All artifacts, page after page; `within` keeps those of a project or collection."""
        async for page in self._pages(lambda cursor: calls.listing("artifacts", options | cursor)):
            for item in page.items:
                yield item

    async def events(self, entity: Entity | str, **options: object) -> AsyncIterator[Event]:
        """The events of an entity, newest first; the options are those of GET /api/v1/events."""
        async for page in self._pages(lambda cursor: calls.events(entity, options | cursor)):
            for item in page.items:
                yield item

    async def metrics(self, *, release: int | None = None) -> tuple[Metric, ...]:
        """The metric catalogue."""
        return await self._ask(calls.metrics(release))

    async def key_metrics(self, entity: Entity | str, *, release: int | None = None) -> tuple[KeyMetric, ...]:
        """The current values of an entity, for instance of `project/oso`."""
        return await self._ask(calls.key_metrics(entity, release))

    async def series(
        self,
        metric: str,
        entity: Entity | str,
        *,
        grain: str = "month",
        start: date | None = None,
        end: date | None = None,
        release: int | None = None,
    ) -> Series:
        """The values of a metric over time; days are included. `to_pandas` and its like make a frame of it."""
        return await self._ask(calls.series(metric, entity, grain, start, end, release))

    async def explain(
        self,
        metric: str,
        entity: Entity | str,
        *,
        grain: str = "all",
        bucket: date | None = None,
        people: bool | None = None,
        limit: int = 100,
        release: int | None = None,
    ) -> Explanation:
        """Why a number is what it is: definition, SQL, events and users behind it.

        Users are counted where that does not take long, or as `people` says.
        """
        return await self._ask(calls.explain(metric, entity, grain, bucket, people, limit, release))

    async def sql(self, query: str) -> Table:
        """The answer to one SELECT over the published tables."""
        return await self._ask(calls.sql(query))

    async def graphql(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of a GraphQL document; AnswerError where it has errors."""
        return await self._ask(calls.graphql(query, variables))

    async def rest(self, path: str, **params: object) -> Any:
        """The JSON of any path below /api/v1, for instance `rest("coverage", entity="project/oso")`."""
        return await self._ask(calls.rest(path, params))

    async def _pages(self, call: Callable[[dict[str, object]], Call[Page[T]]]) -> AsyncIterator[Page[T]]:
        page = await self._ask(call({}))
        yield page
        while page.next_cursor is not None:
            # The next pages are of the same release, also where a new one is published meanwhile.
            page = await self._ask(call({"cursor": page.next_cursor, "release": page.release}))
            yield page

    async def _ask(self, call: Call[T]) -> T:
        attempt = 0
        while True:
            status: int | None = None
            headers: Mapping[str, str] = {}
            try:
                answer = await self._http.request(call.method, call.path, params=dict(call.params), json=call.body)
                status, headers = answer.status_code, answer.headers
            except httpx.HTTPError as error:
                wait = wait_before(attempt, None, headers, self._options)
                if wait is None:
                    raise ConnectionFailedError(f"{self._options.url} does not answer: {error}") from error
            else:
                found = None if 200 <= status < 300 else wait_before(attempt, status, headers, self._options)
                if found is None:
                    return call.read(read_answer(f"{call.method} {call.path}", status, headers, answer.content))
                wait = found
            await asyncio.sleep(wait)
            attempt += 1
