"""A pool of access tokens: each request goes out with the token that has the most left, and limits are kept to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import requests

GRAPHQL, REST = "graphql", "core"

# What a token has in an hour until an answer says how much it is.
_ASSUMED = 5_000
# GitHub asks for at least a minute where it does not say how long.
_UNSAID_WAIT = 60.0
_SECONDARY = b"secondary rate limit"


@dataclass(slots=True)
class Token:
    """One token: what it has left by resource, from when on it may be used again, and what it spent in this run."""

    value: str
    remaining: dict[str, int] = field(default_factory=lambda: {GRAPHQL: _ASSUMED, REST: _ASSUMED})
    blocked: dict[str, datetime] = field(default_factory=dict)
    is_refused: bool = False
    requests: int = 0
    rest_requests: int = 0
    points: int = 0

    @property
    def label(self) -> str:
        """The end of the token's hash, by which people can tell tokens apart and learn nothing."""
        return hashlib.sha256(self.value.encode()).hexdigest()[-4:]


class TokenPool:
    """Credentials of an Exchange.

    A wait that the pool names is taken as kept: the token may be used after it whatever the clock says.
    """

    def __init__(self, tokens: Sequence[str], api_urls: Sequence[str], now: Callable[[], datetime]) -> None:
        self.tokens = [Token(value) for value in tokens]
        self._api_urls = tuple(f"{url}/" for url in api_urls)
        self._now = now
        self._current: Token | None = None

    @property
    def usable(self) -> list[Token]:
        """The tokens that GitHub has not refused."""
        return [token for token in self.tokens if not token.is_refused]

    def sign(self, request: requests.PreparedRequest) -> float:
        """Gives a request its token; returns the seconds to wait before it is sent."""
        request.headers.pop("Authorization", None)
        if not f"{request.url}/".replace("?", "/", 1).startswith(self._api_urls):
            self._current = None
            return 0.0
        kind = self._resource(request)
        token, wait = self._best(kind)
        self._current = token
        token.blocked.pop(kind, None)
        request.headers["Authorization"] = f"Bearer {token.value}"
        token.requests += 1
        token.rest_requests += kind == REST
        return wait

    def limited(self, request: requests.PreparedRequest, response: requests.Response, body: bytes) -> float | None:
        """None where an answer is of no limit; else after how many seconds some token may ask again."""
        token = self._current
        if token is None:
            return None
        kind = self._resource(request)
        left = _number(response, "X-RateLimit-Remaining")
        if left is not None:
            token.remaining[kind] = left
        if response.status_code == 401:
            token.is_refused = len(self.usable) > 1 or token.is_refused
            return 0.0 if token.is_refused else None
        is_spent = left == 0
        if response.status_code not in (403, 429):
            if is_spent:
                token.blocked[kind] = self._reset(response)
            return None
        wait = _seconds(response.headers.get("Retry-After"), self._now())
        if wait is None and is_spent:
            wait = max(0.0, (self._reset(response) - self._now()).total_seconds())
        if wait is None and _SECONDARY in body:
            wait = _UNSAID_WAIT
        if wait is None:
            return _UNSAID_WAIT if response.status_code == 429 else None
        # A limit that is said to be over already would be asked for again without end.
        return self._block(token, kind, max(1.0, wait))

    def spent(self, points: int, remaining: int | None, reset_at: datetime | None) -> None:
        """Notes what GitHub says that the last request cost."""
        token = self._current
        if token is None:
            return
        token.points += points
        if remaining is not None:
            token.remaining[GRAPHQL] = remaining
            if remaining == 0 and reset_at is not None:
                token.blocked[GRAPHQL] = reset_at

    def exhaust(self) -> None:
        """Notes that the last request was refused in its body because the token has no points left."""
        if self._current is not None:
            self._current.blocked.setdefault(GRAPHQL, self._now() + timedelta(seconds=_UNSAID_WAIT))

    def _block(self, token: Token, kind: str, wait: float) -> float:
        token.blocked[kind] = self._now() + timedelta(seconds=wait)
        return self._best(kind)[1]

    def _best(self, kind: str) -> tuple[Token, float]:
        now = self._now()
        free = [token for token in self.usable if token.blocked.get(kind, now) <= now]
        if free:
            return max(free, key=lambda token: token.remaining[kind]), 0.0
        first = min(self.usable, key=lambda token: token.blocked[kind])
        wait = (first.blocked.pop(kind) - now).total_seconds()
        return first, wait

    def _reset(self, response: requests.Response) -> datetime:
        moment = _number(response, "X-RateLimit-Reset")
        now = self._now()
        return datetime.fromtimestamp(moment, UTC) if moment is not None else now + timedelta(seconds=_UNSAID_WAIT)

    @staticmethod
    def _resource(request: requests.PreparedRequest) -> str:
        return GRAPHQL if request.method == "POST" else REST


def _number(response: requests.Response, name: str) -> int | None:
    text = str(response.headers.get(name, ""))
    return int(text) if text.isdigit() else None


def _seconds(text: str | None, now: datetime) -> float | None:
    from observer.connectors.declarative.transport import parse_retry_after

    return parse_retry_after(text, now) if text else None
