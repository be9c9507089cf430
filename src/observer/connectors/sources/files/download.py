"""Downloads files to disk under the transport's rules: checked addresses, capped retries, limits, validators."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import PoolManager

from observer.connectors.declarative.addresses import HostPolicy, pool_classes
from observer.connectors.declarative.options import TransportOptions
from observer.connectors.declarative.transport import USER_AGENT, Exchange, RefusedError, retry_after
from observer.errors import ConfigError, SourceError, TransientSourceError

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_THERE = frozenset({404, 410})
_MOST_REDIRECTS = 5
_CHUNK = 1 << 18
# A body may take this many times the silence that is allowed, and one second more for each megabyte.
_SLOWEST = 10

Sign = Callable[[str, str], Mapping[str, str]]
Verify = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was downloaded. `path` is None where the server holds what we have for current."""

    path: Path | None
    sha256: str
    etag: str
    last_modified: str

    @property
    def validators(self) -> dict[str, str]:
        """What a later request asks with: `etag` and `last_modified`, where the server gave them."""
        return {name: value for name, value in (("etag", self.etag), ("last_modified", self.last_modified)) if value}


class NotThereError(SourceError):
    """The server has no such file (404 or 410)."""


class Downloader:
    """Speaks to the hosts of one connector. `exchange_options` replace resolver, clock and sleep in tests."""

    def __init__(
        self, hosts: frozenset[str], options: TransportOptions, **exchange_options: Callable[..., object]
    ) -> None:
        policy = HostPolicy(hosts | options.allowed_hosts, options.private_hosts)
        self._exchange = Exchange(policy, options, **exchange_options)  # type: ignore[arg-type]  # named there
        self._session = requests.Session()
        self._session.trust_env = False
        adapter = _Streaming(self._exchange)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def file(
        self,
        url: str,
        target: Path | None,
        *,
        limit: int = 0,
        headers: Mapping[str, str] | None = None,
        known: Mapping[str, str] | None = None,
        sign: Sign | None = None,
        verify: Verify | None = None,
    ) -> Downloaded:
        """The file at an address, written to `target`; without one, whether it is there.

        `known` are the validators of an earlier answer; `headers` go to the host of the address alone; `sign` gives
        more of them by method and address; `verify` raises requests' ConnectionError for a file that is not whole.
        Raises ConfigError where rights are missing, TransientSourceError for what may pass, NotThereError
        for 404 and 410, SourceError for the rest.
        """
        asked = {"If-None-Match": (known or {}).get("etag"), "If-Modified-Since": (known or {}).get("last_modified")}
        own = {**(headers or {}), **{name: value for name, value in asked.items() if value}}
        shown = url.split("?", 1)[0]
        limits = self._exchange.options
        reason = ""
        for attempt in range(1, limits.attempts + 1):
            wait: float | None = None
            try:
                done, response = self._once(url, target, limit, own, sign, verify)
                if done is not None:
                    return done
                reason = f"the server answers {response.status_code}"
                wait = retry_after(response, self._exchange.now())
                if wait is not None and wait > limits.longest_wait_seconds:
                    break
            except RefusedError as error:
                raise self._exchange.refusal or SourceError(str(error), where=shown) from error
            except requests.RequestException as error:
                reason = f"the server cannot be reached: {error}"
            if attempt < limits.attempts:
                pause = wait if wait is not None else 2.0 ** (attempt - 1) * (1 + 0.25 * self._exchange.jitter())
                self._exchange.sleep(min(pause, limits.longest_wait_seconds))
        raise TransientSourceError(reason[:300], where=shown)

    def text(
        self,
        url: str,
        scratch: Path,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        sign: Sign | None = None,
    ) -> str:
        """A small document, such as a list of files."""
        target = scratch / "listing"
        self.file(url, target, limit=limit, headers=headers, sign=sign)
        return target.read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _once(
        self,
        url: str,
        target: Path | None,
        limit: int,
        headers: Mapping[str, str],
        sign: Sign | None,
        verify: Verify | None,
    ) -> tuple[Downloaded | None, requests.Response]:
        """What was downloaded, or None with an answer that is worth another try."""
        here = url
        for _ in range(_MOST_REDIRECTS + 1):
            is_home = urlsplit(here).netloc == urlsplit(url).netloc
            sent = {**(headers if is_home else {}), **(sign("GET", here) if sign and is_home else {})}
            self._exchange.spend()
            response = self._session.get(
                here,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **sent},
                stream=True,
                allow_redirects=False,
                timeout=self._exchange.options.timeout_seconds,
                verify=self._exchange.options.ca_file or True,
            )
            with response:
                if response.status_code in _REDIRECTS and response.headers.get("Location"):
                    here = urljoin(here, response.headers["Location"])
                    continue
                return self._answer(response, target, limit, verify), response
        raise SourceError("the server leads from one address to the next without end", where=url.split("?", 1)[0])

    def _answer(
        self, response: requests.Response, target: Path | None, limit: int, verify: Verify | None
    ) -> Downloaded | None:
        status, where = response.status_code, str(response.url).split("?", 1)[0]
        etag, modified = response.headers.get("ETag", ""), response.headers.get("Last-Modified", "")
        if status == 304 or (status == 200 and target is None):
            return Downloaded(None, "", etag, modified)
        if status == 200 and target is not None:
            digest = self._write(response, target, limit, where)
            if verify is not None:
                verify(target)
            return Downloaded(target, digest, etag, modified)
        if status in _RETRIED or (status == 403 and "Retry-After" in response.headers):
            return None
        if status in (401, 403):
            raise ConfigError(
                f"the server answers {status}", where=where, hint="give it credentials that may read this"
            )
        kind = NotThereError if status in _NOT_THERE else SourceError
        raise kind(f"the server answers {status}", where=where)

    def _write(self, response: requests.Response, target: Path, limit: int, where: str) -> str:
        digest, size = hashlib.sha256(), 0
        started = time.monotonic()
        patience = self._exchange.options.timeout_seconds * _SLOWEST
        try:
            with target.open("wb") as file:
                while chunk := response.raw.read(_CHUNK, decode_content=False):
                    size += len(chunk)
                    if size > limit:
                        raise SourceError(f"more than {limit:,} bytes", where=where, hint="raise `max_file_bytes`")
                    if time.monotonic() - started > patience + size / 1e6:
                        raise RequestsConnectionError("the answer comes too slowly")
                    digest.update(chunk)
                    file.write(chunk)
        except HTTPError as error:
            raise RequestsConnectionError(f"the answer was cut off: {error}") from error
        return digest.hexdigest()


class _Streaming(HTTPAdapter):
    """Sends requests whose addresses were checked, over connections to the addresses that were checked."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        super().__init__(pool_connections=8, pool_maxsize=8)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """As in requests, with connections that go only where the policy lets them."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self._exchange.policy, self._exchange.resolver)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """The answer to a request, its body unread."""
        try:
            self._exchange.policy.require(str(request.url))
            return super().send(request, *args, **{**options, "proxies": None})
        except SourceError as error:
            raise self._exchange.refuse(error) from error


def require_whole_json(path: Path) -> None:
    """Raises requests' ConnectionError, which is tried again, unless a file is one whole JSON document."""
    try:
        orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise RequestsConnectionError(f"this is no whole JSON: {error.msg}") from error


def host_of(url: str) -> str:
    """The host of an address as a policy names it, with its port where that is unusual."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"
