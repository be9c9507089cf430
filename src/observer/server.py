"""The server: API and website over one read model, in one Starlette application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observer.access import EXPOSED_HEADERS, Access, AccessMiddleware, AccessPolicy
from observer.accounts.service import Accounts
from observer.accounts.sign_in import SignInMeans
from observer.api.app import GRAPHQL_PATHS, PREFIX, http_error, observer_error, server_error
from observer.api.app import routes as api_routes
from observer.api.graphql.execute import GraphqlApi
from observer.api.graphql.lane import GraphqlLane
from observer.api.sql.routes import SqlApi
from observer.compression import Compression
from observer.errors import ObserverError
from observer.kept_answers import KeptAnswers
from observer.query.read_model import ReadModel
from observer.query.sql.pool import PoolSettings
from observer.query.sql.service import SqlService
from observer.request_metrics import RequestMetrics, RequestMetricsMiddleware
from observer.web.account import AccountPages
from observer.web.app import WebSettings, build_environment
from observer.web.app import error_page as web_error
from observer.web.app import routes as web_routes
from observer.web.compiled import compile_all
from observer.web.console import SqlConsole
from observer.web.report import ReportPages

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
        b"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    ),
)


class SecurityHeaders:
    """Adds the headers that tell browsers what this site never does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _HEADERS if pair[0] not in present)]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def create_app(
    read_model: ReadModel,
    web_settings: WebSettings,
    *,
    accounts: Accounts | None = None,
    policy: AccessPolicy | None = None,
    sign_in: SignInMeans | None = None,
    sql: PoolSettings | None = None,
) -> Starlette:
    """The application. It opens no connection before the first request and closes what it is given at its end.

    Without `accounts` there are no keys, and nobody is limited. `sql` is how many processes answer SQL; the first is
    started with the first query.
    """
    requests, kept = RequestMetrics(), KeptAnswers()
    graphql = GraphqlApi(read_model, kept)
    resolver = accounts.resolver() if accounts else None
    policy = policy or AccessPolicy()
    shared = accounts.shared_limiter() if accounts and policy.is_shared else None
    access = Access(resolver, policy, shared=shared)
    web_settings = replace(web_settings, has_accounts=accounts is not None)
    means = sign_in or SignInMeans()
    environment = build_environment(web_settings)
    account_routes: list[BaseRoute] = []
    if accounts:
        account_routes = [
            *AccountPages(accounts, access, means, environment, web_settings.public_url).routes(),
            *ReportPages(accounts, access, read_model, environment, web_settings.public_url).routes(),
        ]

    service = SqlService(read_model, sql or PoolSettings())
    console = SqlConsole(service, read_model, access, environment)
    sql_api = SqlApi(service, public_url=web_settings.public_url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        read_model.at_once.open()
        compile_all(environment)
        yield
        read_model.at_once.close()
        await sql_api.close()
        if resolver and accounts:
            resolver.close()
            if means.mailer:
                await run_in_threadpool(means.mailer.close)
            await run_in_threadpool(accounts.close)
        read_model.close()

    async def on_error(request: Request, error: Exception) -> Response:
        if _is_api(request):
            return await observer_error(request, error)
        return await web_error(request, error, web_settings)

    async def on_http_error(request: Request, error: Exception) -> Response:
        if _is_api(request):
            return await http_error(request, error)
        return await web_error(request, error, web_settings)

    async def on_bug(request: Request, error: Exception) -> Response:
        if _is_api(request):
            return await server_error(request, error)
        return await web_error(request, error, web_settings)

    app = Starlette(
        routes=[
            *sql_api.routes(),
            *api_routes(read_model, requests, kept, graphql),
            *account_routes,
            *console.routes(),
            *web_routes(read_model, web_settings),
        ],
        middleware=[
            Middleware(
                GraphqlLane,
                graphql=graphql,
                paths=GRAPHQL_PATHS,
                access=access,
                headers=_HEADERS,
                counted=requests.add,
                sink=accounts.usage.add if accounts else None,
            ),
            Middleware(RequestMetricsMiddleware, metrics=requests),
            Middleware(SecurityHeaders),
            Middleware(Compression),
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "POST"],
                allow_headers=["*"],
                expose_headers=list(EXPOSED_HEADERS),
            ),
            Middleware(AccessMiddleware, access=access, sink=accounts.usage.add if accounts else None),
        ],
        exception_handlers={ObserverError: on_error, HTTPException: on_http_error, Exception: on_bug},
        lifespan=lifespan,
    )
    app.state.access = access
    app.state.sql = service
    return app


def _is_api(request: Request) -> bool:
    return request.url.path.startswith((PREFIX, "/v1/", "/healthz", "/readyz"))
