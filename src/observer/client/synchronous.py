"""The synchronous client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from types import TracebackType
from typing import Any, TypeVar

import httpx

from observer.client import calls
from observer.client.calls import Call
from observer.client.errors import ConnectionFailedError
from observer.client.model import Entity, Event, Explanation, KeyMetric, Listed, Metric, Page, SearchHit, Series
from observer.client.pipe import SCHEME, PipeTransport
from observer.client.table import Table
from observer.client.transport import options_of, read_answer, wait_before

T = TypeVar("T")


class Client:
    """Asks one observatory, keeping its connections open; use it as a context manager.

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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._options = options_of(url, api_key, timeout, retries, longest_wait)
        address = self._options.url
        if transport is None and address.startswith(SCHEME):
            transport, address = PipeTransport(address), "http://observatory"
        self._http = httpx.Client(base_url=address, headers=self._options.headers, timeout=timeout, transport=transport)

    def __repr__(self) -> str:
        return f"Client({self._options.url!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def search(
        self, text: str, *, entity_type: str | None = None, limit: int = 20, release: int | None = None
    ) -> tuple[SearchHit, ...]:
        """Entities by text, best first; forgives typing errors."""
        return self._ask(calls.search(text, entity_type, limit, release))

    def projects_page(self, **options: object) -> Page[Listed]:
        """One page of projects; the options are those of GET /api/v1/projects."""
        return self._ask(calls.listing("projects", options))

    def projects(self, **options: object) -> Iterator[Listed]:
        """All projects, page after page; the options are those of GET /api/v1/projects."""
        for page in self._pages(lambda cursor: calls.listing("projects", options | cursor)):
            yield from page.items

    def collections(self, **options: object) -> Iterator[Listed]:
        """All collections, page after page."""
        for page in self._pages(lambda cursor: calls.listing("collections", options | cursor)):
            yield from page.items

    def artifacts(self, **options: object) -> Iterator[Listed]:
        """All artifacts, page after page; `within` keeps those of a project or collection."""
        for page in self._pages(lambda cursor: calls.listing("artifacts", options | cursor)):
            yield from page.items

    def events(self, entity: Entity | str, **options: object) -> Iterator[Event]:
        """The events of an entity, newest first; the options are those of GET /api/v1/events."""
        for page in self._pages(lambda cursor: calls.events(entity, options | cursor)):
            yield from page.items

    def metrics(self, *, release: int | None = None) -> tuple[Metric, ...]:
        """The metric catalogue."""
        return self._ask(calls.metrics(release))

    def key_metrics(self, entity: Entity | str, *, release: int | None = None) -> tuple[KeyMetric, ...]:
        """The current values of an entity, for instance of `project/oso`."""
        return self._ask(calls.key_metrics(entity, release))

    def series(
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
        return self._ask(calls.series(metric, entity, grain, start, end, release))

    def explain(
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
        return self._ask(calls.explain(metric, entity, grain, bucket, people, limit, release))

    def sql(self, query: str) -> Table:
        """The answer to one SELECT over the published tables."""
        return self._ask(calls.sql(query))

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of a GraphQL document; AnswerError where it has errors."""
        return self._ask(calls.graphql(query, variables))

    def rest(self, path: str, **params: object) -> Any:
        """The JSON of any path below /api/v1, for instance `rest("coverage", entity="project/oso")`."""
        return self._ask(calls.rest(path, params))

    def _pages(self, call: Callable[[dict[str, object]], Call[Page[T]]]) -> Iterator[Page[T]]:
        page = self._ask(call({}))
        yield page
        while page.next_cursor is not None:
            # The next pages are of the same release, also where a new one is published meanwhile.
            page = self._ask(call({"cursor": page.next_cursor, "release": page.release}))
            yield page

    def _ask(self, call: Call[T]) -> T:
        attempt = 0
        while True:
            status: int | None = None
            headers: Mapping[str, str] = {}
            try:
                answer = self._http.request(call.method, call.path, params=dict(call.params), json=call.body)
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
            time.sleep(wait)
            attempt += 1
