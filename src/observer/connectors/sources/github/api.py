"""GitHub's two APIs behind one guarded transport: GraphQL documents with partial errors, and pages of REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.exceptions import RequestException

from observer.connectors.declarative.addresses import HostPolicy
from observer.connectors.declarative.transport import Exchange
from observer.connectors.sources.github.config import Config
from observer.connectors.sources.github.queries import Query
from observer.connectors.sources.github.tokens import TokenPool
from observer.errors import ConfigError, SourceError, TransientSourceError

_API_VERSION = "2022-11-28"
# What is no failure of the document: the rest of it is there.
_TOLERATED = frozenset({"NOT_FOUND", "FORBIDDEN"})
_TOO_LARGE = frozenset({"MAX_NODE_LIMIT_EXCEEDED", "RESOURCE_LIMITS_EXCEEDED"})
_GONE = frozenset({404, 410, 451})
_ATTEMPTS = 3


class TooLargeError(SourceError):
    """A document that GitHub cannot answer at once; less of it may do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of a document, and for each place of it (`n3`, `nodes.7`) without data why there is none."""

    data: Mapping[str, Any]
    missing: Mapping[str, str]


@dataclass(slots=True)
class Spent:
    """What a run has cost so far."""

    points: int = 0
    graphql_requests: int = 0
    rest_requests: int = 0


@dataclass(slots=True)
class Api:
    """One run's connection. Use as a context manager."""

    config: Config
    pool: TokenPool
    exchange: Exchange
    spent: Spent = field(default_factory=Spent)
    _session: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def open(cls, config: Config, **exchange_options: Callable[..., Any]) -> Api:
        """The connection of a config; `exchange_options` replace clock, sleep and resolver in tests."""
        urls = (config.api_url, config.graphql_url)
        hosts = frozenset(urlsplit(url).netloc.lower() for url in urls)
        exchange = Exchange(
            HostPolicy(hosts | config.transport.allowed_hosts, config.transport.private_hosts),
            config.transport,
            **exchange_options,  # type: ignore[arg-type]  # named by the caller
        )
        exchange.credentials = pool = TokenPool(config.tokens, urls, exchange.now)
        return cls(config, pool, exchange)

    def __enter__(self) -> Api:
        adapter = self.exchange.adapter()
        self._session.trust_env = False
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self.exchange.close()

    def ask(self, query: Query) -> Answer:
        """The answer to a document.

        Raises TooLargeError where less has to be asked, TransientSourceError where another try may do, ConfigError
        where no token is good, SourceError where GitHub does not take the document.
        """
        for _ in range(_ATTEMPTS + len(self.pool.tokens)):
            body = self._post(query)
            errors = [error for error in body.get("errors") or () if isinstance(error, Mapping)]
            kinds = {str(error.get("type") or "") for error in errors}
            if "RATE_LIMITED" in kinds or "RATE_LIMIT" in kinds:
                self.pool.exhaust()
                continue
            data = body.get("data")
            if kinds & _TOO_LARGE:
                raise TooLargeError(_reason(errors), where=self.config.graphql_url)
            if data is None and any("extensions" in error and "type" not in error for error in errors):
                hint = "GitHub's schema has changed; update"
                raise SourceError(f"GitHub does not take the question: {_reason(errors)}", hint=hint)
            if isinstance(data, Mapping) and kinds <= _TOLERATED:
                return Answer(data, {_place(error): str(error["type"]) for error in errors})
            self.exchange.sleep(1.0)
        raise TransientSourceError(f"GitHub answers in part: {_reason(errors)}", where=self.config.graphql_url)

    def get(self, path: str, parameters: Mapping[str, object] | None = None) -> Any | None:
        """The JSON at a path of the REST API; None where nothing is there or it is withheld. Raises as `ask` does."""
        url = f"{self.config.api_url}{path}"
        self.spent.rest_requests += 1
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": _API_VERSION}
        response = self._send("GET", url, headers=headers, params=parameters)
        if response.status_code in _GONE:
            return None
        if response.status_code == 403 and b"access blocked" in response.content:
            return None
        self._require_success(response, url)
        return orjson.loads(response.content)

    def _post(self, query: Query) -> Mapping[str, Any]:
        url = self.config.graphql_url
        body = orjson.dumps({"query": query.text, "variables": dict(query.variables)})
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        self.spent.graphql_requests += 1
        response = self._send("POST", url, headers=headers, data=body)
        if response.status_code in (502, 504):
            raise TooLargeError(f"GitHub took too long ({response.status_code})", where=url)
        self._require_success(response, url)
        parsed = orjson.loads(response.content)
        if not isinstance(parsed, Mapping):
            raise TransientSourceError("an answer that is no object", where=url)
        self._count(parsed, query)
        return parsed

    def _count(self, body: Mapping[str, Any], query: Query) -> None:
        data = body.get("data")
        limit = data.get("rateLimit") if isinstance(data, Mapping) else None
        limit = limit if isinstance(limit, Mapping) else {}
        cost = limit.get("cost")
        cost = cost if isinstance(cost, int) else query.points
        remaining, reset = limit.get("remaining"), limit.get("resetAt")
        self.spent.points += cost
        self.pool.spent(
            cost,
            remaining if isinstance(remaining, int) else None,
            datetime.fromisoformat(reset) if isinstance(reset, str) else None,
        )

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        try:
            return self._session.request(method, url, **options)
        except RequestException as error:
            if self.exchange.refusal is not None:
                raise self.exchange.refusal from error
            raise TransientSourceError(f"GitHub cannot be reached: {error}", where=_plain(url)) from error

    def _require_success(self, response: requests.Response, url: str) -> None:
        status = response.status_code
        if status == 200:
            return
        if status in (401, 403):
            hint = "see `tokens` in the specification; a token may be wrong, expired or lack rights"
            raise ConfigError(f"GitHub refuses access ({status})", where=_plain(url), hint=hint)
        if status in (408, 425, 429) or status >= 500:
            raise TransientSourceError(f"GitHub answers {status}", where=_plain(url))
        raise SourceError(f"GitHub answers {status}", where=_plain(url))


def _place(error: Mapping[str, Any]) -> str:
    path = error.get("path")
    return ".".join(str(part) for part in path[:2]) if isinstance(path, Sequence) else ""


def _reason(errors: Sequence[Mapping[str, Any]]) -> str:
    return str(errors[0].get("message"))[:200] if errors else "neither data nor errors"


def _plain(url: str) -> str:
    return url.split("?", 1)[0]
