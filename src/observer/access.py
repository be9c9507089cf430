"""The gate in front of API and website: finds out who asks, holds them to their limits, tells what they used.

Handlers read `principal_of(request)`, and `usage_of(request)` where a question's cost is known only afterwards.
"""

from __future__ import annotations

import ipaddress
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observer.accounts.key import KEY_PREFIX, is_ours
from observer.accounts.limiter import Limiter, Verdict
from observer.accounts.principal import LOCAL, Principal
from observer.accounts.resolver import Known, Resolver
from observer.accounts.shared_limiter import SharedLimiter
from observer.accounts.usage import RequestUsage
from observer.errors import LimitError, ObserverError, QueryError, ServingError, UnauthenticatedError
from observer.http import error_response

API_PREFIXES = ("/api/", "/v1/", "/mcp")
_OPEN = ("/static/", "/healthz", "/readyz", "/favicon.ico")
_FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})
_KEYED = frozenset({b"authorization", b"x-api-key"})
_SQL = frozenset({"sql", "async-sql", "sql-results"})
COOKIE = "observer_session"
SECURE_COOKIE = "__Host-observer_session"
EXPOSED_HEADERS = ("RateLimit", "RateLimit-Policy", "Retry-After", "X-Observer-Release", "ETag")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


UsageSink = Callable[[Principal, RequestUsage], None]


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """How the gate stands.

    `require_key` closes the API to callers without a key. `trusted_proxies` may say for whom they ask. `pages` are
    the requests a minute for pages of the website, by address; `refusals` those with a wrong key. `open_prefixes` are
    paths that need no key, for instance results behind an unguessable address. `is_shared` counts the rates of several
    servers together.
    """

    require_key: bool = False
    trusted_proxies: Sequence[Network] = ()
    is_local_open: bool = True
    pages: int = 600
    refusals: int = 60
    open_prefixes: Sequence[str] = ("/api/v1/sql-results/", "/v1/sql-results/")
    is_shared: bool = False


def principal_of(request: HTTPConnection) -> Principal:
    """Who makes a request; where there is no gate, somebody on this machine."""
    principal = request.scope.get("state", {}).get("principal", LOCAL)
    return principal if isinstance(principal, Principal) else LOCAL


def usage_of(request: HTTPConnection) -> RequestUsage:
    """The usage of a request, to be added to by its handler."""
    usage = request.scope.setdefault("state", {}).setdefault("usage", RequestUsage("rest"))
    assert isinstance(usage, RequestUsage)  # noqa: S101 - nobody else sets it
    return usage


class Access:
    """Who asks and whether they may: the decisions of the gate, with no word of the protocol below."""

    def __init__(
        self,
        resolver: Resolver | None,
        policy: AccessPolicy,
        *,
        limiter: Limiter | None = None,
        shared: SharedLimiter | None = None,
    ) -> None:
        """Without a `resolver` there are no accounts: everybody is anonymous and no key is valid.

        `shared` counts requests to the API together with other servers; all else is counted here.
        """
        self.resolver = resolver
        self.policy = policy
        self.limiter = limiter or Limiter()
        self._shared = shared

    async def caller(self, scope: Scope, headers: Headers, address: str | None) -> Known:
        """The principal of a request. Raises UnauthenticatedError or QueryError for keys that are none."""
        key = _key(headers, scope)
        if key is not None:
            return await self._with_key(key, address)
        session = await self._session(headers, scope)
        if session is not None:
            return session
        if address is None:
            return Known(LOCAL, 0.0)
        if self.policy.require_key and is_api(scope["path"]) and not self._is_open(scope["path"]):
            raise UnauthenticatedError("this observatory answers with an API key only", hint="create one at /account")
        return Known(self._anonymous(address), 0.0)

    def address(self, scope: Scope, headers: Headers) -> str | None:
        """The caller's address, IPv6 by /64 since one caller owns all of it; None for one on this machine."""
        peer = _parsed((scope.get("client") or ("",))[0])
        if peer is None:
            return None
        is_proxy = any(peer in network for network in self.policy.trusted_proxies)
        found = self._forwarded(headers, peer) if is_proxy else peer
        if found.is_loopback and not is_proxy and self._is_here(headers):
            return None
        if isinstance(found, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((found, 64), strict=False).network_address) + "/64"
        return str(found)

    async def admit(self, known: Known, path: str, address: str) -> Verdict | None:
        """Takes one request off the caller's rate; raises LimitError where nothing is left. None: no limit."""
        principal, limits = known.principal, known.principal.limits
        if principal is LOCAL:
            return None
        if not is_api(path):
            return self._taken(f"pages:{address}", self.policy.pages, "pages")
        if limits.units_per_month and known.month_units >= limits.units_per_month:
            raise LimitError("the units of this month are used up", retry_seconds=3600, hint="see /account/usage")
        if not limits.requests_per_minute:
            return None
        quota, what = limits.requests_per_minute, f"requests as {principal.role.value}"
        if self._shared is None:
            return self._taken(principal.subject, quota, what)
        return _allowed(await run_in_threadpool(self._shared.take, principal.subject, quota), what)

    async def enter(self, known: Known, path: str, address: str | None) -> Verdict | None:
        """Begins a request, as `admit` and one of so many at a time; `leave` must follow where it returns."""
        verdict = await self.admit(known, path, address or "local")
        most = known.principal.limits.concurrent_requests
        if not self.limiter.enter(known.principal.subject, most):
            raise LimitError(f"more than {most} requests at a time")
        return verdict

    async def leave(self, principal: Principal, usage: RequestUsage) -> None:
        """Ends a request that `enter` began."""
        self.limiter.leave(principal.subject)
        await self.settle(principal, usage)

    def refuse(self, address: str) -> None:
        """Counts a wrong key; raises LimitError for somebody who tries many."""
        self._taken(f"refusals:{address}", self.policy.refusals, "wrong keys")

    async def settle(self, principal: Principal, usage: RequestUsage) -> None:
        """Takes off the rate what a request cost above a plain one."""
        quota = principal.limits.requests_per_minute
        if usage.cost <= 1 or not quota:
            return
        if self._shared is None:
            self.limiter.spend(principal.subject, quota, usage.cost - 1)
        else:
            await run_in_threadpool(self._shared.spend, principal.subject, quota, usage.cost - 1)

    def _taken(self, subject: str, quota: int, what: str) -> Verdict:
        return _allowed(self.limiter.take(subject, quota), what)

    async def _with_key(self, key: str, address: str | None) -> Known:
        if is_ours(key) and self.resolver:
            return await self.resolver.key(key)
        if is_ours(key) or self.policy.require_key:
            raise UnauthenticatedError("the API key is not valid", hint="create a new one at /account")
        # Clients made for another observatory cannot be told to send no key: a foreign one counts as none.
        return Known(self._anonymous(address) if address else LOCAL, 0.0)

    async def _session(self, headers: Headers, scope: Scope) -> Known | None:
        cookie = session_cookie(headers)
        if cookie is None or self.resolver is None:
            return None
        # A link from another site to a page is welcome; anything else from there does not go by the cookie.
        is_link = scope["method"] in ("GET", "HEAD") and not is_api(scope["path"])
        if not is_link and not is_same_site(headers):
            return None
        try:
            return await self.resolver.session(cookie)
        except ServingError:
            if is_api(scope["path"]):
                raise
            return None

    def _anonymous(self, address: str) -> Principal:
        if self.resolver is None:
            return Principal(LOCAL.role, LOCAL.limits, f"address:{address}")
        return self.resolver.anonymous(f"address:{address}")

    def _is_open(self, path: str) -> bool:
        return path.startswith(tuple(self.policy.open_prefixes))

    def _is_here(self, headers: Headers) -> bool:
        """Whether a loopback peer is a person on this machine and not a proxy that nobody told us of."""
        is_forwarded = not _FORWARDED.isdisjoint(name for name, _ in headers.raw)
        return self.policy.is_local_open and _names_here(headers.get("host", "")) and not is_forwarded

    def _forwarded(
        self, headers: Headers, peer: ipaddress.IPv4Address | ipaddress.IPv6Address
    ) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        hops = [part.strip() for value in headers.getlist("x-forwarded-for") for part in value.split(",")]
        for hop in reversed(hops):
            address = _parsed(hop)
            if address is None:
                break
            peer = address
            if not any(address in network for network in self.policy.trusted_proxies):
                break
        return peer


def _allowed(verdict: Verdict, what: str) -> Verdict:
    if not verdict.is_allowed:
        raise LimitError(
            f"more than {verdict.quota} {what} in a minute",
            retry_seconds=verdict.retry_seconds,
            hint="wait as long as Retry-After says, or use an API key: /account",
        )
    return verdict


class AccessMiddleware:
    """The gate as ASGI: answers 401 and 429 itself, tells RateLimit headers, meters what goes through."""

    def __init__(self, app: ASGIApp, access: Access, sink: UsageSink | None = None) -> None:
        self.app = app
        self._access = access
        self._sink = sink

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OPEN) or scope["method"] == "OPTIONS":
            await self.app(scope, receive, send)
            return
        path, access, headers = scope["path"], self._access, Headers(scope=scope)
        found = access.address(scope, headers)
        address = found or "local"
        try:
            known = await access.caller(scope, headers, found)
        except UnauthenticatedError as error:
            await self._refuse(error, address, path)(scope, receive, send)
            return
        except ObserverError as error:
            await _told(error, path)(scope, receive, send)
            return
        principal, usage = known.principal, RequestUsage(surface_of(path))
        scope.setdefault("state", {}).update(principal=principal, usage=usage)
        try:
            verdict = await access.enter(known, path, found)
        except LimitError as error:
            usage.status = 429
            self._tell(principal, usage)
            await limited(error, principal.limits.requests_per_minute, path)(scope, receive, send)
            return
        begun = time.perf_counter()
        try:
            await self.app(scope, receive, _metered(send, usage, verdict))
        finally:
            usage.seconds = time.perf_counter() - begun
            self._tell(principal, usage)
            await access.leave(principal, usage)

    def _tell(self, principal: Principal, usage: RequestUsage) -> None:
        if self._sink and usage.surface != "page":
            self._sink(principal, usage)

    def _refuse(self, error: UnauthenticatedError, address: str, path: str) -> Response:
        try:
            self._access.refuse(address)
        except LimitError as limit:
            return limited(limit, self._access.policy.refusals, path)
        response = _told(error, path)
        response.headers["WWW-Authenticate"] = 'Bearer realm="observer"'
        return response


def _told(error: ObserverError, path: str) -> Response:
    return error_response(error, is_worded=surface_of(path) == "sql")


def limited(error: LimitError, quota: int, path: str = "") -> Response:
    """The 429 of a limit, with when to come again: later by up to a fifth, so that not all come at once."""
    response = _told(error, path)
    wait = math.ceil(error.retry_seconds * (1 + random.random() / 5))  # noqa: S311 - spreads load, guards nothing
    response.headers["Retry-After"] = str(max(1, wait))
    response.headers["Cache-Control"] = "no-store"
    if quota:
        response.headers["RateLimit-Policy"] = f'"minute";q={quota};w=60'
        response.headers["RateLimit"] = f'"minute";r=0;t={max(1, wait)}'
    return response


def is_api(path: str) -> bool:
    """Whether a path is for programs: the API, or a page's twin as data."""
    return path.startswith(API_PREFIXES) or path.endswith((".json", ".csv"))


def surface_of(path: str) -> str:
    """The part of the observatory that a path belongs to: page, rest, graphql, sql or mcp."""
    if not is_api(path):
        return "page"
    words = path.split("/")
    if "graphql" in words:
        return "graphql"
    if not _SQL.isdisjoint(words):
        return "sql"
    return "mcp" if words[1] == "mcp" else "rest"


def session_cookie(headers: Mapping[str, str]) -> str | None:
    """The session of a browser, by the cookie of https or of plain http."""
    sent = headers.get("cookie")
    if not sent:
        return None
    cookies = dict(part.strip().partition("=")[::2] for part in sent.split(";"))
    return cookies.get(SECURE_COOKIE) or cookies.get(COOKIE)


def is_same_site(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page of ours makes the request, or the person did; older ones say an origin."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def _key(headers: Headers, scope: Scope) -> str | None:
    """The key of a request; QueryError where there are two, or where it stands in the address."""
    if KEY_PREFIX.encode() in scope.get("query_string", b""):
        raise QueryError(
            "an API key does not belong into an address, where logs keep it",
            hint="revoke it, and send the new one as `Authorization: Bearer KEY`",
        )
    if _KEYED.isdisjoint(name for name, _ in headers.raw):
        return None
    found = []
    for value in headers.getlist("authorization"):
        scheme, _, rest = value.strip().partition(" ")
        if scheme.lower() == "bearer" and rest.strip():
            found.append(rest.strip())
        elif is_ours(value.strip()):
            found.append(value.strip())
    found += [value.strip() for value in headers.getlist("x-api-key") if value.strip()]
    if len(set(found)) > 1:
        raise QueryError("the request carries two keys", hint="send one")
    return found[0] if found else None


@lru_cache(maxsize=4096)
def _names_here(host: str) -> bool:
    """Whether a Host header names this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or bool((address := _parsed(name)) and address.is_loopback)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _metered(send: Send, usage: RequestUsage, verdict: Verdict | None) -> Send:
    async def metered(message: Message) -> None:
        if message["type"] == "http.response.start":
            usage.status = message["status"]
            if verdict is not None and usage.surface != "page":
                message["headers"] = [*message["headers"], *rate_headers(verdict)]
        elif message["type"] == "http.response.body":
            usage.bytes += len(message.get("body", b""))
        await send(message)

    return metered


def rate_headers(verdict: Verdict) -> list[tuple[bytes, bytes]]:
    """RateLimit and RateLimit-Policy as draft-ietf-httpapi-ratelimit-headers-10 has them."""
    reset = math.ceil(verdict.reset_seconds)
    return [
        (b"ratelimit-policy", f'"minute";q={verdict.quota};w=60'.encode()),
        (b"ratelimit", f'"minute";r={verdict.remaining};t={reset}'.encode()),
    ]
