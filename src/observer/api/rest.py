"""Handlers of the REST endpoints: parameters in, an answer of one release out, kept while the release is current."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from observer.api.badge import badge
from observer.api.endpoints import BADGE_PARAMETERS, Endpoint
from observer.api.parameters import FORMAT, RELEASE, Values, as_grain, as_text, entity_of, read
from observer.errors import NotFoundError, QueryError
from observer.http import CSV, JSON, csv_bytes, envelope, json_bytes
from observer.kept_answers import KeptAnswer, KeptAnswers
from observer.query.answers import Page
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader

SVG = "image/svg+xml"
Handler = Callable[[Request], Awaitable[Response]]
Answer = Callable[[ReleaseReader, Values], tuple[bytes, str]]


def endpoint_handler(endpoint: Endpoint, read_model: ReadModel, kept: KeptAnswers) -> Handler:
    """The handler of one endpoint of the table."""
    parameters = (*endpoint.parameters, RELEASE, *((FORMAT,) if endpoint.is_list else ()))

    def values_of(request: Request) -> Values:
        return {**read(parameters, single(request)), **request.path_params}

    def answer(reader: ReleaseReader, values: Values) -> tuple[bytes, str]:
        return answer_of(endpoint, reader, values)

    return kept_handler(read_model, None if endpoint.is_live else kept, values_of, answer)


def answer_of(endpoint: Endpoint, reader: ReleaseReader, values: Values) -> tuple[bytes, str]:
    """The body of an answer and its media type."""
    result = endpoint.respond(reader, values)
    if values.get("format") == "csv":
        items = result.items if isinstance(result, Page) else result
        return csv_bytes(items if isinstance(items, tuple) else ()), CSV
    return json_bytes(envelope(reader.release, result)), JSON


def badge_handler(read_model: ReadModel, kept: KeptAnswers) -> Handler:
    """The handler of badges: one current value of an entity."""

    def values_of(request: Request) -> Values:
        return {**read(BADGE_PARAMETERS, single(request)), **request.path_params}

    def answer(reader: ReleaseReader, values: Values) -> tuple[bytes, str]:
        metric, chosen = reader.metric(str(values["metric"])), as_grain(values)
        found = (each for each in reader.key_metrics(entity_of(reader, values)) if each.metric == metric.name)
        value = next((each for each in found if each.grain == chosen), None)
        if value is None:
            raise NotFoundError(f"there is no current value of {metric.name} for this grain", hint="ask /key-metrics")
        return badge(as_text(values, "label") or metric.display_name, value), SVG

    return kept_handler(read_model, kept, values_of, answer)


def kept_handler(
    read_model: ReadModel, kept: KeptAnswers | None, values_of: Callable[[Request], Values], answer: Answer
) -> Handler:
    """A handler that computes an answer once for each release, address and query string, if `kept` is given."""

    def fresh(request: Request) -> KeptAnswer:
        values = values_of(request)
        number = values.get("release")

        def question(reader: ReleaseReader) -> KeptAnswer:
            made = KeptAnswer(reader.release.number, *answer(reader, values))
            if kept is not None and number is None:
                kept.keep(_key(request, (reader.release.number, reader.release.created_at)), made)
            return made

        return read_model.ask(question, number if isinstance(number, int) else None)

    async def handle(request: Request) -> Response:
        release = read_model.known_release()
        if kept and release and (found := kept.find(_key(request, (release.number, release.created_at)))):
            return found.response(request)
        return (await read_model.in_thread(fresh, request)).response(request)

    return handle


def blocking(answer: Callable[[Request], Response]) -> Handler:
    """A handler that runs in a thread."""

    async def handle(request: Request) -> Response:
        return await run_in_threadpool(answer, request)

    return handle


def _key(request: Request, release: tuple[object, object]) -> tuple[object, ...]:
    return (*release, request.scope["path"], request.scope["query_string"])


def single(request: Request) -> Mapping[str, str]:
    """The query string; QueryError where it gives a parameter twice."""
    repeated = {name for name, _ in request.query_params.multi_items()}
    if len(request.query_params.multi_items()) > len(repeated):
        raise QueryError("a parameter is given twice", hint="give each parameter once")
    return dict(request.query_params)
