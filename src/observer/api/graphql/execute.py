"""Answers GraphQL requests over one release: limits before work, one statement for each root field, answers kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from time import monotonic
from typing import NamedTuple, TypeAlias

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    SelectionSetNode,
    execute,
)
from starlette.requests import Request
from starlette.responses import Response

from observer.access import principal_of
from observer.accounts.principal import LOCAL, Principal
from observer.api.graphql.documents import Document, Documents, InvalidDocumentError, PreparedStep
from observer.api.graphql.limits import (
    MAX_BODY_BYTES,
    SECONDS,
    GraphqlLimits,
    TooLargeError,
    TooMuchError,
    check_variables,
)
from observer.api.graphql.plan import Constant, Introspection, Planner, Rows, Step
from observer.api.graphql.plans import kept_plan, known_step, later_of, prepared
from observer.api.graphql.schema import Schema, build_schema
from observer.errors import ObserverError, QueryError
from observer.http import JSON, json_bytes
from observer.kept_answers import KeptAnswer, KeptAnswers
from observer.model.release import Release
from observer.model.table import Table
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import AggregateQuery

_THREADS = 6
"""Questions answered at a time. More of them wait for each other in Python, and cost a third more each."""


IS_UNKNOWN = "graphql_is_unknown"
"""In the state of a request: it was looked for among what is known, which need not be done, and counted, again."""

Asking: TypeAlias = Callable[[], Coroutine[None, None, KeptAnswer | None]]


class Asked(NamedTuple):
    """One request as it came."""

    query: str
    variables: Mapping[str, object]
    operation: str | None


class GraphqlApi:
    """Executes operations; the schema is made once for each set of tables."""

    def __init__(self, read_model: ReadModel, kept: KeptAnswers) -> None:
        self._read_model = read_model
        self._kept = kept
        self._prepared: tuple[tuple[Table, ...], Schema, Documents] | None = None
        self._preparing = Lock()
        self._introspecting = Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="graphql")

    async def respond(self, request: Request) -> Response:
        """The response to a request; mistakes in a query come as `errors` with status 200, as clients expect."""
        limits = limits_of(principal_of(request))
        try:
            return await self._respond(request, limits, await _body(request))
        except ObserverError as error:
            return _refusal(error)

    async def _respond(self, request: Request, limits: GraphqlLimits, body: bytes) -> Response:
        is_unknown = request.scope.get("state", {}).get(IS_UNKNOWN, False)
        known = None if is_unknown else self.known(body, limits)
        answer = known if known is None or isinstance(known, KeptAnswer) else await known()
        if answer is None:
            answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, body, limits)
        return answer.response(request)

    def known(self, body: bytes, limits: GraphqlLimits) -> KeptAnswer | Asking | None:
        """The answer where it is kept, or a way to it where all but the rows of one statement is; else None.

        QueryError where the body is no question. That way needs no thread, and may give None in the end too.
        """
        release = self._read_model.known_release()
        if release is None:
            return None
        if kept := self._kept.find(_key(release, limits, body)):
            return kept
        if self._prepared is None:
            return None
        asked, documents = _asked(body), self._prepared[2]
        document = documents.known(asked.query)
        if document is None or not _is_named(document, asked.operation):
            return None
        later = later_of(document, asked.variables)
        found = known_step(release, documents, document, asked.variables, later, limits)
        return partial(self._at_once, release, body, limits, *found, later) if found else None

    async def _at_once(
        self,
        release: Release,
        body: bytes,
        limits: GraphqlLimits,
        name: str,
        step: PreparedStep,
        later: Mapping[str, str | int],
    ) -> KeptAnswer | None:
        rows = await self._read_model.at_once.rows(release, step.rows, later, limits.seconds)
        return self._kept_answer(release, body, limits, _data([(name, *_rows(step, *rows))])) if rows else None

    def _answer(self, body: bytes, limits: GraphqlLimits) -> KeptAnswer:
        asked = _asked(body)
        return self._read_model.ask_at_once(lambda reader: self._from(reader, asked, body, limits))

    def _from(self, reader: ReleaseReader, asked: Asked, body: bytes, limits: GraphqlLimits) -> KeptAnswer:
        release = reader.release
        try:
            result = self._result(reader, asked, limits)
        except (GraphQLError, InvalidDocumentError, QueryError) as error:
            if isinstance(error, TooMuchError):
                raise
            return KeptAnswer(release.number, json_bytes(_errors(error)), JSON)
        return self._kept_answer(release, body, limits, result)

    def _kept_answer(self, release: Release, body: bytes, limits: GraphqlLimits, result: bytes) -> KeptAnswer:
        answer = KeptAnswer(release.number, result, JSON)
        self._kept.keep(_key(release, limits, body), answer)
        return answer

    def _result(self, reader: ReleaseReader, asked: Asked, limits: GraphqlLimits) -> bytes:
        schema, documents = self._schema(reader)
        try:
            document = documents.read(asked.query)
            if not _is_named(document, asked.operation):
                raise GraphQLError(f"there is no operation '{str(asked.operation)[:100]}'")
            later = later_of(document, asked.variables)
            steps: Mapping[str, Step | PreparedStep] = (
                kept_plan(reader, schema, documents, document, asked.variables, later, limits)
                or Planner(schema, document, asked.variables, limits).steps()
            )
        except RecursionError as error:
            raise TooMuchError("the query is nested too deeply") from error
        end = monotonic() + limits.seconds
        parts: list[tuple[str, bytes, bool]] = []
        for key, step in steps.items():
            if len(steps) > 1 or limits.seconds != SECONDS:
                reader.limit_time(max(0.05, end - monotonic()))
            if isinstance(step, Rows):
                step = prepared(reader, step)
            if isinstance(step, PreparedStep):
                value, is_cut = _rows(step, *reader.prepared_rows(step.rows, later))
            else:
                value, is_cut = self._value(reader, schema, document, step, asked.variables), False
            parts.append((key, value, is_cut))
        return _data(parts)

    def _value(
        self,
        reader: ReleaseReader,
        schema: Schema,
        document: Document,
        step: Constant | Introspection | AggregateQuery,
        variables: Mapping[str, object],
    ) -> bytes:
        """The JSON of a field that is no rows."""
        match step:
            case Constant():
                return orjson.dumps(step.name)
            case Introspection():
                return self._introspected(schema, document, step, variables)
        return reader.aggregate(step)

    def _introspected(
        self, schema: Schema, document: Document, step: Introspection, variables: Mapping[str, object]
    ) -> bytes:
        selections = SelectionSetNode(selections=step.nodes)
        operation = document.operation.__class__(
            **{key: getattr(document.operation, key) for key in document.operation.keys if key != "loc"}
        )
        operation.selection_set = selections
        asked = DocumentNode(definitions=(operation, *document.fragments.values()))
        with self._introspecting:
            result = execute(schema.graphql, asked, variable_values=dict(variables))
        assert isinstance(result, ExecutionResult)  # noqa: S101 - nothing in it is asynchronous
        if result.errors:
            raise result.errors[0]
        (value,) = (result.data or {}).values()
        return orjson.dumps(value)

    def _schema(self, reader: ReleaseReader) -> tuple[Schema, Documents]:
        tables = reader.tables()
        prepared = self._prepared
        if prepared is None or (prepared[0] is not tables and prepared[0] != tables):
            with self._preparing:
                schema = build_schema(tables)
                prepared = self._prepared = (tables, schema, Documents(schema.graphql))
        return prepared[1], prepared[2]


def _data(parts: Sequence[tuple[str, bytes, bool]]) -> bytes:
    """The fields of an answer, each with its name, its JSON and whether rows are missing, as a whole."""
    cut = [name for name, _, is_cut in parts if is_cut]
    told = b',"extensions":' + orjson.dumps({"cut": cut}) if cut else b""
    return b'{"data":{%b}%b}' % (b",".join(b'"%b":%b' % (name.encode(), value) for name, value, _ in parts), told)


def _rows(step: PreparedStep, text: bytes, count: int) -> tuple[bytes, bool]:
    """The JSON of rows, and whether some are missing because the client set no limit."""
    if step.is_single:
        return (text[1:-1] if count else b"null"), False
    return text, step.is_cut and count == step.limit


def _key(release: Release, limits: GraphqlLimits, body: bytes) -> Hashable:
    return release.number, release.created_at, limits, body


def _is_named(document: Document, operation: str | None) -> bool:
    """Whether a document's operation is the one asked for, if one is."""
    name = document.operation.name
    return not operation or (name is not None and name.value == operation)


def limits_of(principal: Principal) -> GraphqlLimits:
    """The limits of a reader; those of one on this machine are the widest."""
    if principal is LOCAL:
        return GraphqlLimits()
    limits = principal.limits
    return GraphqlLimits(limits.graphql_nodes, seconds=limits.timeout_seconds, may_aggregate=limits.may_aggregate)


async def _body(request: Request) -> bytes:
    """The JSON of a request, whatever its method; refused by its type and while its bytes are counted."""
    if request.method != "POST":
        given = dict(request.query_params)
        variables = given.get("variables")
        try:
            given["variables"] = orjson.loads(variables) if variables else None  # type: ignore[assignment]
        except orjson.JSONDecodeError as error:
            raise QueryError("'variables' is not JSON") from error
        return orjson.dumps(given)
    if "json" not in request.headers.get("content-type", ""):
        raise UnsupportedTypeError("the body must be JSON", hint="send Content-Type: application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLargeError(f"the request is longer than {MAX_BODY_BYTES} bytes", hint="ask for less at once")
    return bytes(body)


class UnsupportedTypeError(QueryError):
    """A body is of a type that is not read here."""

    status = 415


def _asked(body: bytes) -> Asked:
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise QueryError("the body is not JSON", hint='send {"query": "..."}') from error
    if isinstance(request, list):
        raise QueryError("several requests at once are not answered", hint="send them one by one")
    if not isinstance(request, dict) or not isinstance(request.get("query"), str):
        raise QueryError("there is no query", hint='send {"query": "..."}')
    variables, name = request.get("variables") or {}, request.get("operationName")
    if not isinstance(variables, dict):
        raise QueryError("'variables' is not an object")
    if name is not None and not isinstance(name, str):
        raise QueryError("'operationName' is not a text")
    check_variables(variables)
    return Asked(request["query"], variables, name)


def _refusal(error: ObserverError) -> Response:
    """An error of the request or the server: our one shape of errors, and GraphQL's beside it."""
    body = error.as_dict() | {"errors": [{"message": str(error), "extensions": {"hint": error.hint}}]}
    return Response(json_bytes(body), error.status, media_type=JSON)


def _errors(error: GraphQLError | InvalidDocumentError | ObserverError) -> dict[str, object]:
    """What went wrong in the words of GraphQL."""
    if isinstance(error, InvalidDocumentError):
        return {"errors": [{"message": each.message} for each in error.errors]}
    if isinstance(error, GraphQLError):
        return {"errors": [{"message": error.message}]}
    return {"errors": [{"message": str(error), "extensions": {"hint": error.hint}}], "data": None}
