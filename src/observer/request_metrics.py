"""Counts requests and their seconds by part of the observatory and status, in the text form that Prometheus reads."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BOUNDS = (0.005, 0.015, 0.05, 0.1, 0.25, 1.0, 5.0)
_LIMITS = (*_BOUNDS, float("inf"))


class RequestMetrics:
    """What one process has answered since it began."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._buckets: defaultdict[str, Counter[float]] = defaultdict(Counter)

    def add(self, part: str, status: int, seconds: float) -> None:
        """Counts one answer."""
        self._requests[part, status] += 1
        self._seconds[part] += seconds
        self._buckets[part][_LIMITS[bisect_left(_BOUNDS, seconds)]] += 1

    def lines(self) -> Iterator[str]:
        """The counters as samples."""
        yield from metric("observer_requests_total", "counter", "Requests by part and status.", (
            (f'part="{part}",status="{status}"', count) for (part, status), count in sorted(self._requests.items())
        ))  # fmt: skip
        name = "observer_request_seconds"
        yield f"# HELP {name} Seconds until the answer was sent, by part."
        yield f"# TYPE {name} histogram"
        for part, buckets in sorted(self._buckets.items()):
            total = 0
            for bound in _LIMITS:
                total += buckets[bound]
                yield f'{name}_bucket{{part="{part}",le="{"+Inf" if bound == float("inf") else bound}"}} {total}'
            yield f'{name}_sum{{part="{part}"}} {self._seconds[part]:.6f}'
            yield f'{name}_count{{part="{part}"}} {total}'


def metric(name: str, kind: str, text: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    """One metric in the text form: help, type, samples with their labels."""
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield f"{name}{{{labels}}} {value}" if labels else f"{name} {value}"


class RequestMetricsMiddleware:
    """Counts every answer that leaves."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, counted)
        finally:
            self._metrics.add(_part(scope["path"]), status, time.perf_counter() - begun)


def _part(path: str) -> str:
    if not path.startswith(("/api/", "/v1/")):
        return "page"
    for part in ("graphql", "sql"):
        if part in path:
            return part
    return "rest"
