"""The API's routes: REST from the table of endpoints, GraphQL, downloads, health."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from observer.api.endpoints import ENDPOINTS, Endpoint
from observer.api.graphql.execute import MAX_BYTES, GraphqlApi
from observer.api.openapi import document, is_list
from observer.api.parameters import FORMAT, RELEASE, Values, read
from observer.errors import NotFoundError, ObserverError, QueryError
from observer.http import JSON, csv_response, error_response, json_bytes, json_response
from observer.query.answers import Page
from observer.query.read_model import ReadModel

PREFIX = "/api/v1"
Handler = Callable[[Request], Awaitable[Response]]


def routes(read_model: ReadModel) -> list[BaseRoute]:
    """All routes of the API over one read model; errors are raised as ObserverError."""
    graphql = GraphqlApi(read_model)
    return [
        *(Route(PREFIX + endpoint.path, _handler(endpoint, read_model)) for endpoint in ENDPOINTS),
        Route(f"{PREFIX}/releases", _blocking(lambda _: _releases(read_model))),
        Route(f"{PREFIX}/releases/{{number:int}}/manifest.json", _blocking(lambda r: _manifest(read_model, r))),
        Route(f"{PREFIX}/releases/{{number:int}}/{{table}}.parquet", _blocking(lambda r: _download(read_model, r))),
        Route(f"{PREFIX}/graphql", _graphql(graphql), methods=["GET", "POST"]),
        Route(f"{PREFIX}/openapi.json", _openapi),
        Route("/healthz", _healthz),
        Route("/readyz", _blocking(lambda _: _readyz(read_model))),
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


def _handler(endpoint: Endpoint, read_model: ReadModel) -> Handler:
    parameters = (*endpoint.parameters, RELEASE, *((FORMAT,) if is_list(endpoint) else ()))

    def answer(request: Request) -> Response:
        values = {**read(parameters, _single(request)), **request.path_params}
        with read_model.pinned(_number(values)) as reader:
            result = endpoint.respond(reader, values)
            if values.get("format") == "csv":
                items = result.items if isinstance(result, Page) else result
                return csv_response(request, reader.release, items if isinstance(items, tuple) else ())
            return json_response(request, reader.release, result)

    return _blocking(answer)


def _blocking(answer: Callable[[Request], Response]) -> Handler:
    async def handle(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return handle


def _single(request: Request) -> Mapping[str, str]:
    repeated = {name for name, _ in request.query_params.multi_items()}
    if len(request.query_params.multi_items()) > len(repeated):
        raise QueryError("a parameter is given twice", hint="give each parameter once")
    return dict(request.query_params)


def _number(values: Values) -> int | None:
    number = values.get("release")
    return number if isinstance(number, int) else None


def _releases(read_model: ReadModel) -> Response:
    return Response(json_bytes({"data": read_model.releases()}), media_type=JSON)


def _manifest(read_model: ReadModel, request: Request) -> Response:
    release = read_model.release(request.path_params["number"])
    return Response(json_bytes(release.as_manifest()), media_type=JSON)


def _download(read_model: ReadModel, request: Request) -> Response:
    number, table = request.path_params["number"], request.path_params["table"]
    release = read_model.release(number)
    if table not in {entry.name for entry in release.tables}:
        raise NotFoundError(f"release {number} has no table '{table[:100]}'")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(
        read_model.file(number, table),
        media_type="application/vnd.apache.parquet",
        filename=f"{table}_{number}.parquet",
        headers=headers,
    )


def _graphql(api: GraphqlApi) -> Handler:
    async def handle(request: Request) -> Response:
        if request.method == "GET":
            query = request.query_params.get("query")
            if query is None:
                raise QueryError("there is no query", hint='POST {"query": "..."} as JSON')
            return await run_in_threadpool(api.answer_text, query)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                raise QueryError(f"the request is longer than {MAX_BYTES} bytes", hint="ask for less at once")
        return await run_in_threadpool(api.answer, bytes(body))

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
