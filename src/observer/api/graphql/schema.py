"""The GraphQL schema, generated from the published tables: one root field a table, Hasura-style arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    specified_directives,
)
from graphql.language import DirectiveLocation
from graphql.type import GraphQLDirective

from observer.model.published import ColumnType, Table

DIRECTIONS = ("asc", "asc_nulls_first", "asc_nulls_last", "desc", "desc_nulls_first", "desc_nulls_last")
_COMPARISONS = ("_eq", "_neq", "_gt", "_gte", "_lt", "_lte")
_PATTERNS = ("_like", "_nlike", "_ilike", "_nilike")

Resolver = Callable[..., Any]

BIGINT = GraphQLScalarType("bigint", description="Whole number of 64 bits.")
FLOAT8 = GraphQLScalarType("float8", description="Floating-point number of 64 bits.")
DATE = GraphQLScalarType("date", description="Date in ISO form.")
TIMESTAMP = GraphQLScalarType("timestamp", description="Time in UTC in ISO form.")

_SCALARS: dict[ColumnType, GraphQLScalarType] = {
    ColumnType.TEXT: GraphQLString,
    ColumnType.INTEGER: GraphQLInt,
    ColumnType.BIGINT: BIGINT,
    ColumnType.DOUBLE: FLOAT8,
    ColumnType.BOOLEAN: GraphQLBoolean,
    ColumnType.DATE: DATE,
    ColumnType.TIMESTAMP: TIMESTAMP,
}
_CACHED = GraphQLDirective(
    "cached",
    [DirectiveLocation.QUERY],
    {"ttl": GraphQLArgument(GraphQLInt), "refresh": GraphQLArgument(GraphQLBoolean)},
    description="Accepted and ignored: answers are cached by release.",
)
_ORDER_BY = GraphQLEnumType(
    "order_by", {name: GraphQLEnumValue(name) for name in DIRECTIONS}, description="Direction of a column."
)


def build_schema(tables: Sequence[Table], resolve: Callable[[Table], Resolver]) -> GraphQLSchema:
    """The schema over some tables. `resolve` gives the resolver of a table's root field."""
    comparisons = {kind: _comparison(scalar) for kind, scalar in _SCALARS.items()}
    fields = {table.name: _root(table, comparisons, resolve(table)) for table in tables}
    query = GraphQLObjectType("query_root", fields, description="One field for each published table.")
    return GraphQLSchema(query, directives=[*specified_directives, _CACHED], types=[GraphQLFloat])


def _root(table: Table, comparisons: dict[ColumnType, GraphQLInputObjectType], resolver: Resolver) -> GraphQLField:
    row = GraphQLObjectType(
        table.name,
        {
            column.name: GraphQLField(
                _SCALARS[column.type] if column.is_nullable else GraphQLNonNull(_SCALARS[column.type]),
                description=column.description,
            )
            for column in table.columns
        },
        description=table.description,
    )
    condition = _condition(table, comparisons)
    order = GraphQLInputObjectType(
        f"{table.name}_order_by", {column.name: GraphQLInputField(_ORDER_BY) for column in table.columns}
    )
    column = GraphQLEnumType(
        f"{table.name}_select_column", {column.name: GraphQLEnumValue(column.name) for column in table.columns}
    )
    return GraphQLField(
        GraphQLNonNull(GraphQLList(GraphQLNonNull(row))),
        args={
            "where": GraphQLArgument(condition),
            "order_by": GraphQLArgument(GraphQLList(GraphQLNonNull(order))),
            "distinct_on": GraphQLArgument(GraphQLList(GraphQLNonNull(column))),
            "limit": GraphQLArgument(GraphQLInt),
            "offset": GraphQLArgument(GraphQLInt),
        },
        resolve=resolver,
        description=table.description,
    )


def _condition(table: Table, comparisons: dict[ColumnType, GraphQLInputObjectType]) -> GraphQLInputObjectType:
    def fields() -> dict[str, GraphQLInputField]:
        many = GraphQLList(GraphQLNonNull(condition))
        result = {"_and": GraphQLInputField(many), "_or": GraphQLInputField(many), "_not": GraphQLInputField(condition)}
        return result | {column.name: GraphQLInputField(comparisons[column.type]) for column in table.columns}

    condition = GraphQLInputObjectType(f"{table.name}_bool_exp", fields)
    return condition


def _comparison(scalar: GraphQLScalarType) -> GraphQLInputObjectType:
    fields = {name: GraphQLInputField(scalar) for name in _COMPARISONS}
    fields |= {name: GraphQLInputField(GraphQLList(GraphQLNonNull(scalar))) for name in ("_in", "_nin")}
    fields["_is_null"] = GraphQLInputField(GraphQLBoolean)
    if scalar is GraphQLString:
        fields |= {name: GraphQLInputField(scalar) for name in _PATTERNS}
    return GraphQLInputObjectType(f"{scalar.name}_comparison_exp", fields)
