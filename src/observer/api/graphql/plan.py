"""Turns a document with its variables into questions: one statement for each root field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLError, GraphQLObjectType, get_named_type
from graphql.execution.collect_fields import collect_fields, collect_sub_fields
from graphql.execution.values import get_argument_values, get_variable_values

from observer.api.graphql.documents import Document
from observer.api.graphql.limits import GraphqlLimits, TooMuchError
from observer.api.graphql.ordering import in_sent_order
from observer.api.graphql.placing import placed
from observer.api.graphql.schema import Kind, Root, Schema
from observer.api.graphql.spelling import Spelling
from observer.errors import QueryError
from observer.model.table import ColumnType
from observer.query.request import AggregateQuery, Measure, Nodes, Placeholder, RowQuery, Shape, TypeName

_TYPENAME = "__typename"
_FUNCTIONS_OF_2025 = {"_count": "count", "_count_distinct": "count"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table, or one row where `is_single`; `is_cut` tells whether the client set no limit."""

    query: RowQuery
    is_single: bool = False
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Constant:
    """What needs no database: the name of the root type."""

    name: str


@dataclass(frozen=True, slots=True)
class Introspection:
    """A question about the schema itself."""

    nodes: tuple[FieldNode, ...]


Step = Rows | AggregateQuery | Constant | Introspection


class Planner:
    """Plans one document; `variables` are checked against their declarations.

    In place of those named by `later` the plan has placeholders.
    """

    def __init__(
        self,
        schema: Schema,
        document: Document,
        variables: Mapping[str, object],
        limits: GraphqlLimits,
        later: Iterable[str] = (),
    ) -> None:
        self._schema, self._document, self._limits = schema, document, limits
        self._sent = variables
        if limits.max_nodes and document.nodes > limits.max_nodes:
            raise TooMuchError(
                f"the query has {document.nodes} nodes, more than {limits.max_nodes}", hint="use an API key: /account"
            )
        values = get_variable_values(
            schema.graphql, document.operation.variable_definitions, dict(variables), max_errors=5
        )
        if isinstance(values, list):
            raise values[0]
        self.variables: dict[str, Any] = values | {name: Placeholder(name, name in document.numbers) for name in later}

    def steps(self) -> dict[str, Step]:
        """What to do for each name of the answer, in its order."""
        query = self._schema.graphql.query_type
        assert query is not None  # noqa: S101 - our schema has one
        found = collect_fields(
            self._schema.graphql,
            self._document.fragments,
            self.variables,
            query,
            self._document.operation.selection_set,
        )
        steps: dict[str, Step] = {}
        for key, nodes in found.items():
            _check_agreement(key, nodes)
            steps[key] = self._step(query, nodes)
        asked = sum(_values_of(step) for step in steps.values())
        if asked > self._limits.max_values:
            raise TooMuchError(
                f"the query asks for up to {asked} values, more than {self._limits.max_values}",
                hint="set a smaller 'limit' or select fewer fields",
            )
        return steps

    def _step(self, query: GraphQLObjectType, nodes: list[FieldNode]) -> Step:
        name = nodes[0].name.value
        if name == _TYPENAME:
            return Constant(query.name)
        if name.startswith("__"):
            return Introspection(tuple(nodes))
        root, field = self._schema.roots[name], query.fields[name]
        arguments = get_argument_values(field, nodes[0], self.variables)
        if arguments.get("order_by"):
            arguments["order_by"] = in_sent_order(nodes[0], arguments["order_by"], self._sent)
        row = get_named_type(field.type)
        assert isinstance(row, GraphQLObjectType)  # noqa: S101 - so we built it
        if root.kind is Kind.AGGREGATE:
            return self._aggregate(root.spelling, row, nodes, arguments)
        columns = self._columns(root.spelling, row, nodes)
        return self._rows(root, columns, arguments)

    def _rows(self, root: Root, columns: Mapping[str, str | TypeName], arguments: Mapping[str, Any]) -> Rows:
        spelling = root.spelling
        if root.kind is Kind.BY_KEY:
            if any(arguments.get(spelling.field_of(name)) is None for name in spelling.key):
                raise QueryError("a part of the key is missing", hint="give every argument a value")
            where = {name: {"_eq": arguments[spelling.field_of(name)]} for name in spelling.key}
            return Rows(placed(spelling, RowQuery(spelling.table.name, columns, where, limit=1)), is_single=True)
        limit = _number(arguments, "limit")
        if limit is not None and not 0 <= limit <= self._limits.max_rows:
            raise QueryError(
                f"'limit' must be between 0 and {self._limits.max_rows}",
                hint="page with offset, or download the table",
            )
        chosen = self._limits.max_rows if limit is None else limit
        return Rows(placed(spelling, _row_query(spelling, columns, arguments, chosen)), is_cut=limit is None)

    def _columns(
        self, spelling: Spelling, row: GraphQLObjectType, nodes: list[FieldNode]
    ) -> Mapping[str, str | TypeName]:
        columns: dict[str, str | TypeName] = {}
        for key, found in self._inside(row, nodes):
            name = found[0].name.value
            columns[key] = TypeName(row.name) if name == _TYPENAME else spelling.fields[name].name
        return columns

    def _aggregate(
        self, spelling: Spelling, row: GraphQLObjectType, nodes: list[FieldNode], arguments: Mapping[str, Any]
    ) -> AggregateQuery:
        if not self._limits.may_aggregate:
            raise QueryError("aggregates need a key of a developer", hint="see /account")
        if spelling.is_oso:
            arguments = arguments.get("filter_input") or {}
        query = _row_query(spelling, (), arguments, _number(arguments, "limit"))
        return placed(spelling, AggregateQuery(query, self._shape(spelling, row, nodes, None)))

    def _shape(self, spelling: Spelling, row: GraphQLObjectType, nodes: list[FieldNode], context: str | None) -> Shape:
        """The shape below a field. `context` is the function (2024) or the column (2025) that the field names."""
        shape: dict[str, Any] = {}
        for key, found in self._inside(row, nodes):
            name = found[0].name.value
            inner = get_named_type(row.fields[name].type) if name != _TYPENAME else None
            if name == _TYPENAME:
                shape[key] = TypeName(row.name)
            elif name == "nodes" and context is None and isinstance(inner, GraphQLObjectType):
                shape[key] = Nodes(self._columns(spelling, inner, found))
            elif isinstance(inner, GraphQLObjectType):
                shape[key] = self._shape(spelling, inner, found, None if name == "aggregate" else name)
            else:
                shape[key] = self._measure(spelling, row, found[0], context)
        return shape

    def _measure(self, spelling: Spelling, row: GraphQLObjectType, node: FieldNode, context: str | None) -> Measure:
        name = node.name.value
        if spelling.is_oso:
            column = (spelling.fields[context].name,) if context else ()
            return Measure(_FUNCTIONS_OF_2025.get(name, name), column, is_distinct=name == "_count_distinct")
        if context:
            return Measure(context, (spelling.fields[name].name,))
        arguments = get_argument_values(row.fields[name], node, self.variables)
        columns = tuple(spelling.fields[each].name for each in _listed(arguments.get("columns")))
        return Measure("count", columns, is_distinct=bool(arguments.get("distinct")) and bool(columns))

    def _inside(self, row: GraphQLObjectType, nodes: list[FieldNode]) -> Iterator[tuple[str, list[FieldNode]]]:
        found = collect_sub_fields(self._schema.graphql, self._document.fragments, self.variables, row, nodes)
        for key, inner in found.items():
            _check_agreement(key, inner)
            yield key, inner


def _row_query(spelling: Spelling, columns: Any, arguments: Mapping[str, Any], limit: int | None) -> RowQuery:
    order = [
        (spelling.fields[name].name, direction)
        for entry in _listed(arguments.get("order_by"))
        for name, direction in entry.items()
        if direction is not None
    ]
    return RowQuery(
        table=spelling.table.name,
        columns=columns,
        where=_where(spelling, arguments.get("where") or {}),
        order_by=tuple(order),
        distinct_on=tuple(spelling.fields[name].name for name in _listed(arguments.get("distinct_on"))),
        limit=limit,
        offset=_offset(arguments),
    )


def _offset(arguments: Mapping[str, Any]) -> int | Placeholder:
    value = arguments.get("offset")
    return value if isinstance(value, Placeholder) and value.is_number else _number(arguments, "offset") or 0


def _number(arguments: Mapping[str, Any], name: str) -> int | None:
    """A whole number, which a variable may bring as text or as a float."""
    value = arguments.get(name)
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError, OverflowError):
        raise QueryError(f"'{name}' is no whole number", hint="declare its variable as Int") from None


def _where(spelling: Spelling, given: Mapping[str, Any]) -> dict[str, object]:
    """Conditions by columns; those on two spellings of one column hold both."""
    parts: list[dict[str, object]] = []
    for name, operand in given.items():
        if operand is None:
            continue
        if name in ("_and", "_or"):
            parts.append({name: [_where(spelling, each) for each in _listed(operand) if each is not None]})
        elif name == "_not":
            parts.append({name: _where(spelling, operand)})
        else:
            column = spelling.fields[name]
            is_text = column.type is ColumnType.TEXT
            parts.append({column.name: _as_text(operand) if is_text else operand})
    merged: dict[str, object] = {}
    for part in parts:
        (name,) = part
        if name in merged:
            return {"_and": list(parts)}
        merged |= part
    return merged


def _as_text(operand: Mapping[str, Any]) -> dict[str, object]:
    """Operands for a column of text: ids were numbers in 2023."""
    return {
        operator: [_text(each) for each in value] if isinstance(value, list) else _text(value)
        for operator, value in operand.items()
    }


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _check_agreement(key: str, nodes: list[FieldNode]) -> None:
    """Fields of one name in the answer must ask for one thing."""
    first = nodes[0]
    for node in nodes[1:]:
        if node.name.value != first.name.value or node.arguments != first.arguments:
            raise GraphQLError(f"'{key}' stands for two different fields; give one of them an alias")


def _values_of(step: Step) -> int:
    if isinstance(step, Rows):
        return (step.query.limit or 0) * max(1, len(step.query.columns))
    return 0
