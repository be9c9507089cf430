"""The API of a release for sandboxed code: the application that `observer serve` serves, without a port."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from observer.insights.sandbox.gateway import Reply

if TYPE_CHECKING:
    from starlette.applications import Starlette

_SECONDS = 60.0
_KEPT = ("content-type", "x-observer-release", "retry-after")


class LocalApi:
    """Answers questions by an application in this process; a context manager, to be used from any thread."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://observatory",
            timeout=_SECONDS,
        )

    def __enter__(self) -> LocalApi:
        self._portal = self._stack.enter_context(start_blocking_portal())
        self._stack.enter_context(self._portal.wrap_async_context_manager(self._app.router.lifespan_context(self._app)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The answer to one question."""
        assert self._portal is not None  # noqa: S101 - asked inside of the context
        answer = self._portal.call(self._ask, method, target, dict(headers), body)
        kept = {name: value for name, value in answer.headers.items() if name in _KEPT}
        return Reply(answer.status_code, kept, answer.content)

    async def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        return await self._client.request(method, target, headers=headers, content=body)
