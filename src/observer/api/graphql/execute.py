"""Answers GraphQL requests over one release: limits before work, one SQL statement for each root field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute,
    parse,
    validate,
)
from starlette.responses import Response

from observer.api.graphql.schema import build_schema
from observer.errors import ObserverError, QueryError
from observer.http import JSON, json_bytes
from observer.model.published import Table
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.query.request import MAX_PAGE, RowQuery

MAX_BYTES = 64 * 1024
MAX_TOKENS = 4_000
MAX_DEPTH = 12
MAX_ROOT_FIELDS = 20
MAX_ERRORS = 10
DEFAULT_LIMIT = 100


class GraphqlApi:
    """Executes operations; the schema is made once for each set of published tables."""

    def __init__(self, read_model: ReadModel) -> None:
        self._read_model = read_model
        self._schemas: dict[tuple[Table, ...], GraphQLSchema] = {}

    def answer(self, body: bytes) -> Response:
        """The response to a POSTed JSON request; mistakes come as `errors` with status 200, as clients expect."""
        try:
            request = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise QueryError(f"the body is not JSON: {error.msg}", hint='send {"query": "..."}') from error
        if not isinstance(request, dict) or not isinstance(request.get("query"), str):
            raise QueryError("there is no query", hint='send {"query": "..."}')
        variables, name = request.get("variables"), request.get("operationName")
        if variables is not None and not isinstance(variables, dict):
            raise QueryError("'variables' is not an object")
        if name is not None and not isinstance(name, str):
            raise QueryError("'operationName' is not a text")
        return self.answer_text(request["query"], variables, name)

    def answer_text(
        self, query: str, variables: Mapping[str, object] | None = None, operation: str | None = None
    ) -> Response:
        """The response to one operation."""
        with self._read_model.pinned() as reader:
            try:
                schema = self._schema(reader)
                result = _run(schema, query, dict(variables or {}), operation, reader)
            except GraphQLError as error:
                result = {"errors": [error.formatted]}
            headers = {"X-Observer-Release": str(reader.release.number)}
        return Response(json_bytes(result), media_type=JSON, headers=headers)

    def _schema(self, reader: ReleaseReader) -> GraphQLSchema:
        tables = reader.tables()
        if tables not in self._schemas:
            self._schemas = {tables: build_schema(tables, _resolver)}
        return self._schemas[tables]


def _run(
    schema: GraphQLSchema, query: str, variables: dict[str, Any], operation: str | None, reader: ReleaseReader
) -> dict[str, object]:
    document = parse(query, max_tokens=MAX_TOKENS)
    _check_limits(document)
    mistakes = validate(schema, document, max_errors=MAX_ERRORS)
    if mistakes:
        return {"errors": [mistake.formatted for mistake in mistakes]}
    result = execute(schema, document, context_value=reader, variable_values=variables, operation_name=operation)
    answer: dict[str, object] = {"data": getattr(result, "data", None)}
    errors = getattr(result, "errors", None)
    if errors:
        answer["errors"] = [_formatted(error) for error in errors]
    return answer


def _formatted(error: GraphQLError) -> Mapping[str, object]:
    original = error.original_error
    if original is None or isinstance(original, (ObserverError, GraphQLError)):
        return error.formatted
    raise original


def _resolver(table: Table) -> Any:
    def resolve(_: object, info: GraphQLResolveInfo, **arguments: Any) -> list[dict[str, object]]:
        rows = info.context.rows(_row_query(table, _selected(info), arguments))
        result: list[dict[str, object]] = orjson.loads(rows)
        return result

    return resolve


def _row_query(table: Table, columns: tuple[str, ...], arguments: Mapping[str, Any]) -> RowQuery:
    limit, offset = arguments.get("limit"), arguments.get("offset")
    limit = DEFAULT_LIMIT if limit is None else limit
    if not 0 <= limit <= MAX_PAGE:
        raise QueryError(f"'limit' must be between 0 and {MAX_PAGE}", hint="page with offset, or download the table")
    order = [pair for entry in arguments.get("order_by") or () for pair in entry.items() if pair[1] is not None]
    return RowQuery(
        table=table.name,
        columns=columns,
        where=arguments.get("where") or {},
        order_by=tuple(order),
        distinct_on=tuple(arguments.get("distinct_on") or ()),
        limit=limit,
        offset=offset or 0,
    )


def _selected(info: GraphQLResolveInfo) -> tuple[str, ...]:
    names: dict[str, None] = {}
    sets = [node.selection_set for node in info.field_nodes if node.selection_set]
    while sets:
        for selection in sets.pop().selections:
            if isinstance(selection, FieldNode):
                if selection.name.value != "__typename":
                    names[selection.name.value] = None
            elif isinstance(selection, FragmentSpreadNode):
                sets.append(info.fragments[selection.name.value].selection_set)
            elif isinstance(selection, InlineFragmentNode):
                sets.append(selection.selection_set)
    return tuple(names)


def _check_limits(document: DocumentNode) -> None:
    fragments = {
        node.name.value: node.selection_set for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        if node.operation is not OperationType.QUERY:
            raise GraphQLError("only queries are answered here", node)
        if len(node.selection_set.selections) > MAX_ROOT_FIELDS:
            raise GraphQLError(f"more than {MAX_ROOT_FIELDS} root fields", node)
        _check_depth(node.selection_set, fragments, 1, ())


def _check_depth(
    selections: SelectionSetNode, fragments: Mapping[str, SelectionSetNode], depth: int, path: tuple[str, ...]
) -> None:
    if depth > MAX_DEPTH:
        raise GraphQLError(f"the query is nested deeper than {MAX_DEPTH}", selections)
    for node in selections.selections:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in path:
                raise GraphQLError(f"fragment '{name}' contains itself", node)
            if name in fragments:
                _check_depth(fragments[name], fragments, depth + 1, (*path, name))
        elif isinstance(node, (FieldNode, InlineFragmentNode)) and node.selection_set:
            _check_depth(node.selection_set, fragments, depth + 1, path)
