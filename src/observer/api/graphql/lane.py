"""A short way for GraphQL questions whose answer or plan is kept: the same gate, the same bytes, nothing between."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observer.access import Access, UsageSink, rate_headers
from observer.accounts.usage import RequestUsage
from observer.api.graphql.execute import IS_UNKNOWN, GraphqlApi, limits_of
from observer.errors import LimitError, ObserverError
from observer.kept_answers import KeptAnswer

Header: TypeAlias = tuple[bytes, bytes]
Counted: TypeAlias = Callable[[str, int, float], None]
"""Told of every answer: the part of the observatory, the status, seconds."""

_VARY = (b"vary", b"Accept-Encoding, Origin")


class GraphqlLane:
    """Stands before all other middleware and answers what it can; everything else, errors too, goes on to them.

    Requests of pages of other sites go on as well: they want the headers of CORS.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        graphql: GraphqlApi,
        paths: Sequence[str],
        access: Access,
        headers: Sequence[Header],
        counted: Counted,
        sink: UsageSink | None,
    ) -> None:
        """`headers` are those of every answer, `counted` and `sink` what the middleware behind tells too."""
        self.app = app
        self._graphql = graphql
        self._paths = frozenset(paths)
        self._access = access
        self._headers = tuple(headers)
        self._counted = counted
        self._sink = sink

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self._paths or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        message = await receive()
        is_whole = message["type"] == "http.request" and not message.get("more_body", False)
        if not is_whole or not await self._answers(scope, message.get("body", b""), send):
            await self.app(scope, _from(message, receive), send)

    async def _answers(self, scope: Scope, body: bytes, send: Send) -> bool:
        """Whether the answer was sent."""
        begun, headers = time.perf_counter(), Headers(scope=scope)
        told = dict(headers.raw)
        if b"origin" in told or b"json" not in told.get(b"content-type", b""):
            return False
        try:
            address = self._access.address(scope, headers)
            known = await self._access.caller(scope, headers, address)
            question = self._graphql.known(body, limits_of(known.principal))
            if question is None:
                scope.setdefault("state", {})[IS_UNKNOWN] = True
                return False
            verdict = await self._access.enter(known, scope["path"], address)
        except (ObserverError, LimitError):
            # Told, and counted, by those behind.
            return False
        usage, answer = RequestUsage("graphql"), None
        try:
            answer = question if isinstance(question, KeptAnswer) else await question()
            if answer is not None:
                rates = rate_headers(verdict) if verdict else ()
                await self._send(answer, told.get(b"accept-encoding", b"").decode("latin-1"), rates, usage, send)
        finally:
            usage.seconds = time.perf_counter() - begun
            await self._access.leave(known.principal, usage)
        if answer is not None:
            self._counted("graphql", usage.status, usage.seconds)
            if self._sink:
                self._sink(known.principal, usage)
        return answer is not None

    async def _send(
        self, answer: KeptAnswer, accepted: str, rates: Sequence[Header], usage: RequestUsage, send: Send
    ) -> None:
        usage.status, usage.bytes = 200, answer.plain_size
        headers, body = answer.encoded(accepted)
        headers = [_VARY if pair[0] == b"vary" else pair for pair in headers]
        await send({"type": "http.response.start", "status": 200, "headers": [*headers, *rates, *self._headers]})
        await send({"type": "http.response.body", "body": body})


def _from(first: Message, receive: Receive) -> Receive:
    """What gives the first message again and then goes on."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return first

    return again
