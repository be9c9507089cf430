"""The API's routes: REST from the table of endpoints, GraphQL, downloads, health."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from observer.api.downloads import download_routes
from observer.api.endpoints import ENDPOINTS
from observer.api.graphql.execute import GraphqlApi
from observer.api.graphql.explorer import explorer_routes
from observer.api.openapi import document
from observer.api.prometheus import prometheus_routes
from observer.api.rest import Handler, badge_handler, blocking, endpoint_handler
from observer.api.static_files import static_routes
from observer.errors import ObserverError, QueryError
from observer.http import JSON, error_response, json_bytes
from observer.kept_answers import KeptAnswers
from observer.query.answers import ReleaseEntry
from observer.query.read_model import ReadModel
from observer.request_metrics import RequestMetrics

PREFIX = "/api/v1"
GRAPHQL_PATHS = (f"{PREFIX}/graphql", "/v1/graphql")


def routes(read_model: ReadModel, requests: RequestMetrics, kept: KeptAnswers, graphql: GraphqlApi) -> list[BaseRoute]:
    """All routes of the API over one read model; errors are raised as ObserverError. `requests` are told of."""
    answered = _graphql(graphql)
    return [
        *(Route(path, answered, methods=["GET", "POST"]) for path in GRAPHQL_PATHS),
        *explorer_routes(PREFIX),
        *static_routes(read_model, kept, PREFIX),
        *(Route(PREFIX + endpoint.path, endpoint_handler(endpoint, read_model, kept)) for endpoint in ENDPOINTS),
        Route(f"{PREFIX}/releases.json", blocking(lambda _: _releases(read_model))),
        Route(f"{PREFIX}/releases", blocking(lambda _: _releases(read_model))),
        Route(f"{PREFIX}/releases/{{number:int}}/manifest.json", blocking(lambda r: _manifest(read_model, r))),
        *download_routes(read_model, PREFIX),
        Route(f"{PREFIX}/badges/{{metric}}/{{entity:path}}.svg", badge_handler(read_model, kept)),
        *prometheus_routes(read_model, kept, requests, PREFIX),
        Route(f"{PREFIX}/openapi.json", _openapi),
        Route("/healthz", _healthz),
        Route("/readyz", blocking(lambda _: _readyz(read_model))),
        Route(f"{PREFIX}/", _index),
    ]


async def observer_error(request: Request, error: Exception) -> Response:
    """The exception handler of ObserverError: the one JSON shape."""
    assert isinstance(error, ObserverError)  # noqa: S101 - Starlette calls it for this class only
    return error_response(error)


async def http_error(request: Request, error: Exception) -> Response:
    """The exception handler of Starlette's own refusals (no such path, wrong method)."""
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls it for this class only
    response = error_response(QueryError(str(error.detail)), status=error.status_code)
    response.headers.update(error.headers or {})
    return response


async def server_error(request: Request, error: Exception) -> Response:
    """The exception handler of bugs: says that it failed and nothing about where."""
    return error_response(ObserverError("the server failed to answer"), status=500)


def releases_body(releases: Sequence[ReleaseEntry]) -> bytes:
    """The list of releases as JSON."""
    return json_bytes({"data": releases})


def _releases(read_model: ReadModel) -> Response:
    return Response(releases_body(read_model.releases()), media_type=JSON)


def _manifest(read_model: ReadModel, request: Request) -> Response:
    release = read_model.release(request.path_params["number"])
    return Response(json_bytes(release.as_manifest()), media_type=JSON)


def _graphql(api: GraphqlApi) -> Handler:
    async def handle(request: Request) -> Response:
        if request.method == "GET" and "query" not in request.query_params:
            if "text/html" in request.headers.get("accept", ""):
                return RedirectResponse(f"{PREFIX}/graphql/explorer")
            raise QueryError("there is no query", hint='POST {"query": "..."} as JSON')
        return await api.respond(request)

    return handle


async def _openapi(request: Request) -> Response:
    return Response(json_bytes(document()), media_type=JSON)


async def _index(request: Request) -> Response:
    return RedirectResponse(f"{PREFIX}/openapi.json")


async def _healthz(request: Request) -> Response:
    return Response(json_bytes({"status": "ok"}), media_type=JSON)


def _readyz(read_model: ReadModel) -> Response:
    release = read_model.current_release()
    return Response(json_bytes({"status": "ready", "release": release.number}), media_type=JSON)
