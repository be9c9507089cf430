"""The transport of declarative connectors: guarded connections, capped retries, conditional requests, a budget."""

from __future__ import annotations

import email.utils
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import RequestException, SSLError
from urllib3.poolmanager import PoolManager
from urllib3.response import HTTPResponse

from observer.connectors.declarative.addresses import HostPolicy, Resolve, pool_classes, resolve
from observer.connectors.declarative.body import read_body, require_json
from observer.connectors.declarative.cache import HttpCache, Kept, cache_key
from observer.connectors.declarative.options import TransportOptions
from observer.errors import SourceError, TransientSourceError

USER_AGENT = "open-source-observer (declarative connector)"

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_SECONDARY_LIMIT = 403
_LOOP = 5
# A body may take this many times the silence that is allowed.
_SLOWEST = 10


_Answer = tuple[requests.Response, bytes]


class RefusedError(RequestException):
    """A request that must not be made; the reason is in `Exchange.refusal`."""


class Credentials(Protocol):
    """Signs requests where a run has several tokens to choose from, whose limits it has to keep."""

    def sign(self, request: requests.PreparedRequest) -> float:
        """Gives a request a token; returns the seconds to wait before it is sent."""
        ...

    def limited(self, request: requests.PreparedRequest, response: requests.Response, body: bytes) -> float | None:
        """None where an answer is of no limit; else after how many seconds, maybe none, it may be asked for again."""
        ...


@dataclass(slots=True)
class Exchange:
    """What one run says to its upstream: shared by all streams of the run and safe between threads.

    `refusal` is the first reason for which the run has to end whatever the manifest makes of errors. `requests`
    counts what went over the wire, `not_modified` the answers without a body.
    """

    policy: HostPolicy
    options: TransportOptions
    resolver: Resolve = resolve
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[], float] = random.random
    credentials: Credentials | None = None
    refusal: SourceError | None = None
    requests: int = 0
    not_modified: int = 0
    reused: int = 0
    _fresh: set[str] = field(default_factory=set)
    _passing: set[str] = field(default_factory=set)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def adapter(self) -> GuardedAdapter:
        """The transport of one stream."""
        return GuardedAdapter(self)

    def refuse(self, error: SourceError) -> RefusedError:
        """Remembers why the run has to end."""
        with self._lock:
            self.refusal = self.refusal or error
        return RefusedError(str(error))

    def spend(self) -> None:
        """Takes one request from the budget."""
        with self._lock:
            self.requests += 1
            spent = self.requests
        if spent > self.options.max_requests:
            error = SourceError(
                f"the run needs more than {self.options.max_requests} requests",
                hint="raise `transport.max_requests` or ask for less",
            )
            raise self.refuse(error)

    def kept(self, key: str) -> Kept | None:
        """The answer that is kept for a request, of this run or an earlier one."""
        cache = self._cache()
        return cache.find(key) if cache else None

    def is_fresh(self, key: str) -> bool:
        """Whether the kept answer was asked for in this run, so that it need not be asked for again."""
        with self._lock:
            self.reused += key in self._fresh
            return key in self._fresh

    def confirm(self, key: str) -> None:
        """Notes that the upstream holds the kept answer for current."""
        with self._lock:
            self.not_modified += 1
            self._fresh.add(key)

    def keep(self, key: str, headers: Mapping[str, str], body: bytes) -> None:
        """Keeps an answer for this run, and for the next ones if it can be asked for conditionally."""
        cache = self._cache()
        if cache is None:
            return
        is_lasting = cache.keep(key, headers, body)
        with self._lock:
            self._fresh.add(key)
            (self._passing.discard if is_lasting else self._passing.add)(key)

    def close(self) -> None:
        """Forgets the answers that are of no use to another run."""
        cache = self._cache()
        with self._lock:
            passing, self._passing = self._passing, set()
            self._fresh -= passing
        if cache is not None:
            for key in passing:
                cache.drop(key)

    def _cache(self) -> HttpCache | None:
        return HttpCache(Path(self.options.cache_dir)) if self.options.cache_dir else None

    def lock_of(self, key: str) -> threading.Lock:
        """One lock for each request, so that streams that need the same answer ask once."""
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())


class GuardedAdapter(HTTPAdapter):
    """Sends the requests of one stream.

    Every address, also that of a redirect, has to be one of the connector. What failed for now (408, 425, 429, 5xx,
    403 with Retry-After, cut connections, half answers) is tried again after the time that the upstream names, else
    after 1, 2, 4, ... seconds with jitter. GET answers with a validator are kept and asked for conditionally.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._seen: Counter[str] = Counter()
        super().__init__(pool_connections=8, pool_maxsize=8)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """As in requests, with connections that go only where the policy lets them."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self._exchange.policy, self._exchange.resolver)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """The answer to a request. Raises requests' exceptions; those of RefusedError end the run."""
        exchange = self._exchange
        url = str(request.url)
        try:
            exchange.policy.require(url)
        except SourceError as error:
            raise exchange.refuse(error) from error
        options["proxies"] = None
        options["verify"] = exchange.options.ca_file or True
        options["timeout"] = options.get("timeout") or exchange.options.timeout_seconds
        request.headers["Accept-Encoding"] = "gzip"
        if str(request.headers.get("User-Agent", "")).startswith("python-requests"):
            request.headers["User-Agent"] = USER_AGENT
        if request.method != "GET":
            self._require_progress(f"{request.method} {url} {request.body!r}")
            return self._with_retries(request, options)[0]
        self._require_progress(url)
        key = cache_key(
            "GET", url, str(request.headers.get("Accept", "")), str(request.headers.get("Authorization", ""))
        )
        with exchange.lock_of(key):
            return self._get(request, options, key)

    def _get(self, request: requests.PreparedRequest, options: dict[str, Any], key: str) -> requests.Response:
        exchange = self._exchange
        kept = exchange.kept(key)
        if kept is not None and exchange.is_fresh(key):
            return self._replay(request, kept)
        for name, value in (kept.validators if kept else {}).items():
            request.headers[name] = value
        response, body = self._with_retries(request, options)
        if response.status_code == 304 and kept is not None:
            exchange.confirm(key)
            return self._replay(request, kept)
        if response.status_code == 200:
            exchange.keep(key, {name.lower(): value for name, value in response.headers.items()}, body)
        return response

    def _with_retries(self, request: requests.PreparedRequest, options: dict[str, Any]) -> _Answer:
        exchange = self._exchange
        attempt = 0
        while attempt < exchange.options.attempts:
            attempt += 1
            self._sign(request)
            exchange.spend()
            is_last = attempt == exchange.options.attempts
            wait = None
            try:
                answer = response, body = self._once(request, options)
                wait = exchange.credentials.limited(request, response, body) if exchange.credentials else None
                if wait == 0.0:
                    attempt -= 1
                    continue
                if wait is None and response.status_code not in _RETRIED and not _is_secondary_limit(response):
                    return answer
                wait = retry_after(response, exchange.now()) if wait is None else wait
                if is_last or (wait is not None and wait > exchange.options.longest_wait_seconds):
                    return answer
            except RefusedError:
                raise
            except (SSLError, RequestsConnectionError, requests.Timeout):
                if is_last:
                    raise
            pause = wait if wait is not None else 2.0 ** (attempt - 1) * (1 + 0.25 * exchange.jitter())
            exchange.sleep(min(pause, exchange.options.longest_wait_seconds))
        raise AssertionError("a request is tried at least once")

    def _sign(self, request: requests.PreparedRequest) -> None:
        """Gives the request its token, when there is one that may ask."""
        exchange = self._exchange
        wait = exchange.credentials.sign(request) if exchange.credentials else 0.0
        if wait > exchange.options.longest_wait_seconds:
            raise exchange.refuse(
                TransientSourceError(
                    f"every token has to wait {wait:.0f} seconds or more",
                    hint="raise `transport.longest_wait_seconds`, add a token, or sync later",
                )
            )
        if wait > 0:
            exchange.sleep(wait)

    def _once(self, request: requests.PreparedRequest, options: dict[str, Any]) -> _Answer:
        exchange = self._exchange
        limits = exchange.options
        try:
            response = super().send(request, **{**options, "stream": True})
            with response:
                body = read_body(response.raw, limits.max_response_bytes, limits.timeout_seconds * _SLOWEST)
        except SourceError as error:
            raise exchange.refuse(error) from error
        if response.status_code == 200 and _wants_json(request, response):
            require_json(body, str(request.url).split("?", 1)[0])
        # The body goes along apart: what reads it from the response leaves nothing for those that read it as a stream.
        return _with_body(response, body), body

    def _replay(self, request: requests.PreparedRequest, kept: Kept) -> requests.Response:
        raw = HTTPResponse(body=BytesIO(kept.body), headers=dict(kept.headers), status=200, preload_content=False)
        return self.build_response(request, raw)

    def _require_progress(self, asked: str) -> None:
        self._seen[asked] += 1
        if self._seen[asked] > _LOOP:
            error = SourceError("the upstream leads in a circle: one page came again and again", where=asked[:200])
            raise self._exchange.refuse(error)


def retry_after(response: requests.Response, now: datetime) -> float | None:
    """The seconds that an answer asks to wait, from Retry-After as seconds or as a date; None if it does not say."""
    return parse_retry_after(str(response.headers.get("Retry-After", "")), now)


def parse_retry_after(text: str, now: datetime) -> float | None:
    """The seconds of a Retry-After header; None where it has no meaning."""
    text = text.strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _is_secondary_limit(response: requests.Response) -> bool:
    return response.status_code == _SECONDARY_LIMIT and "Retry-After" in response.headers


def _wants_json(request: requests.PreparedRequest, response: requests.Response) -> bool:
    kinds = (str(request.headers.get("Accept", "")), str(response.headers.get("Content-Type", "")))
    return any("json" in kind and "jsonl" not in kind and "ndjson" not in kind for kind in kinds)


def _with_body(response: requests.Response, body: bytes) -> requests.Response:
    """The answer with its body read and unpacked, as if it had come that way."""
    response.headers.pop("Content-Encoding", None)
    response.headers.pop("Content-Length", None)
    response.raw = HTTPResponse(
        body=BytesIO(body), headers=dict(response.headers), status=response.status_code, preload_content=False
    )
    # What requests itself puts there for a body that was not read yet.
    response._content = False
    response._content_consumed = False
    return response
