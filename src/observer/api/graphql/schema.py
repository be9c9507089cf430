"""The GraphQL schema, generated from the tables of a release in every spelling: rows, rows by key, aggregates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

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

from observer.api.graphql import scalars
from observer.api.graphql.spelling import Spelling, spellings
from observer.model.table import Column, ColumnType, Table
from observer.query.conditions import PATTERNS
from observer.query.request import FUNCTIONS

DIRECTIONS = ("asc", "asc_nulls_first", "asc_nulls_last", "desc", "desc_nulls_first", "desc_nulls_last")
_EQUALITY = ("_eq", "_neq")
_ORDERING = ("_gt", "_gte", "_lt", "_lte")
_NUMBERS = {ColumnType.INTEGER, ColumnType.BIGINT, ColumnType.DOUBLE}


class Kind(Enum):
    """What a root field gives."""

    ROWS = "rows"
    BY_KEY = "by key"
    AGGREGATE = "aggregate"


@dataclass(frozen=True, slots=True)
class Root:
    """What a root field stands for."""

    kind: Kind
    spelling: Spelling


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema with what each of its root fields stands for."""

    graphql: GraphQLSchema
    roots: Mapping[str, Root]


_CACHED = GraphQLDirective(
    "cached",
    [DirectiveLocation.QUERY],
    {"ttl": GraphQLArgument(GraphQLInt), "refresh": GraphQLArgument(GraphQLBoolean)},
    description="Accepted and ignored: answers are kept by release.",
)
# Both generations accept the words of both: documentation and clients of 2025 write Desc and desc.
_ORDER_WORDS = {word: GraphQLEnumValue(word) for word in DIRECTIONS} | {
    word: GraphQLEnumValue(word.lower()) for word in ("Asc", "Desc")
}


def build_schema(tables: Sequence[Table]) -> Schema:
    """The schema over some tables and views."""
    builder = _Builder()
    for spelling in spellings(tables):
        builder.add(spelling)
    query = GraphQLObjectType("query_root", builder.fields, description="Fields for each published table.")
    types = [*scalars.ALL, *builder.comparisons.values()]
    return Schema(GraphQLSchema(query, directives=[*specified_directives, _CACHED], types=types), builder.roots)


@dataclass
class _Builder:
    fields: dict[str, GraphQLField] = field(default_factory=dict)
    roots: dict[str, Root] = field(default_factory=dict)
    comparisons: dict[str, GraphQLInputObjectType] = field(default_factory=dict)
    measured: dict[str, GraphQLObjectType] = field(default_factory=dict)
    directions: dict[bool, GraphQLEnumType] = field(
        default_factory=lambda: {
            is_oso: GraphQLEnumType(name, _ORDER_WORDS, description="Direction of a column.")
            for is_oso, name in ((False, "order_by"), (True, "OrderBy"))
        }
    )

    def add(self, spelling: Spelling) -> None:
        """Adds the root fields of one spelling of a table."""
        row, arguments = self._row(spelling), self._arguments(spelling)
        description = spelling.table.description
        self._root(
            spelling.root,
            Root(Kind.ROWS, spelling),
            GraphQLField(GraphQLList(GraphQLNonNull(row)), arguments, description=description),
        )
        if spelling.key and all(name in {c.name for c in spelling.table.columns} for name in spelling.key):
            keys = {
                spelling.field_of(name): GraphQLArgument(GraphQLNonNull(spelling.scalar(spelling.table.column(name))))
                for name in spelling.key
            }
            self._root(
                spelling.by_key,
                Root(Kind.BY_KEY, spelling),
                GraphQLField(row, keys, description=f"One row. {description}"),
            )
        aggregated = self._oso_aggregate(spelling) if spelling.is_oso else self._aggregate(spelling, row)
        if spelling.is_oso:
            arguments = {"filter_input": GraphQLArgument(_filter_input(spelling, arguments))}
        self._root(
            spelling.aggregate,
            Root(Kind.AGGREGATE, spelling),
            GraphQLField(GraphQLNonNull(aggregated), arguments, description=f"Aggregates. {description}"),
        )

    def _root(self, name: str, root: Root, made: GraphQLField) -> None:
        self.fields[name], self.roots[name] = made, root

    def _row(self, spelling: Spelling) -> GraphQLObjectType:
        fields = {
            name: GraphQLField(_output(spelling, name, column), description=column.description)
            for name, column in spelling.fields.items()
        }
        return GraphQLObjectType(spelling.type_name, fields, description=spelling.table.description)

    def _arguments(self, spelling: Spelling) -> dict[str, GraphQLArgument]:
        direction = self.directions[spelling.is_oso]
        order = GraphQLInputObjectType(spelling.order, {name: GraphQLInputField(direction) for name in spelling.fields})
        column = GraphQLEnumType(spelling.select, {name: GraphQLEnumValue(name) for name in spelling.fields})
        return {
            "where": GraphQLArgument(self._condition(spelling)),
            "order_by": GraphQLArgument(GraphQLList(GraphQLNonNull(order))),
            "distinct_on": GraphQLArgument(GraphQLList(GraphQLNonNull(column))),
            "limit": GraphQLArgument(GraphQLInt),
            "offset": GraphQLArgument(GraphQLInt),
        }

    def _condition(self, spelling: Spelling) -> GraphQLInputObjectType:
        def fields() -> dict[str, GraphQLInputField]:
            many = GraphQLList(GraphQLNonNull(condition))
            own = {
                "_and": GraphQLInputField(many),
                "_or": GraphQLInputField(many),
                "_not": GraphQLInputField(condition),
            }
            return own | {
                name: GraphQLInputField(self._comparison(spelling, column)) for name, column in spelling.fields.items()
            }

        condition = GraphQLInputObjectType(spelling.condition, fields)
        # The comparisons are types of the schema by themselves: clients name them in variables.
        for column in spelling.fields.values():
            self._comparison(spelling, column)
        return condition

    def _comparison(self, spelling: Spelling, column: Column) -> GraphQLInputObjectType:
        scalar = spelling.scalar(column)
        name = f"{scalar.name}_comparison_exp"
        if spelling.is_oso:
            name = f"Oso_{scalar.name.removeprefix('Oso_')}BoolExp"
        if name not in self.comparisons:
            self.comparisons[name] = GraphQLInputObjectType(name, _operators(scalar, column.type))
        return self.comparisons[name]

    def _aggregate(self, spelling: Spelling, row: GraphQLObjectType) -> GraphQLObjectType:
        """Hasura's: aggregate { count sum { column } ... } and nodes."""
        name = spelling.aggregate
        column = GraphQLEnumType(f"{name}_column", {each: GraphQLEnumValue(each) for each in spelling.fields})
        count = GraphQLField(
            GraphQLNonNull(GraphQLInt),
            {
                "columns": GraphQLArgument(GraphQLList(GraphQLNonNull(column))),
                "distinct": GraphQLArgument(GraphQLBoolean),
            },
        )
        fields = {"count": count} | {
            function: GraphQLField(GraphQLObjectType(f"{spelling.root}_{function}_fields", columns))
            for function in FUNCTIONS[1:]
            if (columns := _measured(spelling, function))
        }
        return GraphQLObjectType(
            name,
            {
                "aggregate": GraphQLField(GraphQLObjectType(f"{name}_fields", fields)),
                "nodes": GraphQLField(GraphQLNonNull(GraphQLList(GraphQLNonNull(row)))),
            },
        )

    def _oso_aggregate(self, spelling: Spelling) -> GraphQLObjectType:
        """That of 2025: _count beside an object for each column with its functions."""
        fields = {"_count": GraphQLField(GraphQLNonNull(scalars.OSO[ColumnType.BIGINT]))}
        for name, column in spelling.fields.items():
            fields[name] = GraphQLField(self._oso_measures(spelling, column))
        return GraphQLObjectType(f"{spelling.type_name}Aggregate", fields)

    def _oso_measures(self, spelling: Spelling, column: Column) -> GraphQLObjectType:
        name = f"Oso_{spelling.scalar(column).name.removeprefix('Oso_')}Aggregate"
        if name not in self.measured:
            counts = dict.fromkeys(("_count", "_count_distinct"), GraphQLField(scalars.OSO[ColumnType.BIGINT]))
            functions = {
                function: GraphQLField(_result(spelling, column, function))
                for function in FUNCTIONS[1:]
                if _can(column, function)
            }
            self.measured[name] = GraphQLObjectType(name, counts | functions)
        return self.measured[name]


def _filter_input(spelling: Spelling, arguments: Mapping[str, GraphQLArgument]) -> GraphQLInputObjectType:
    fields = {name: GraphQLInputField(argument.type) for name, argument in arguments.items()}
    return GraphQLInputObjectType(f"{spelling.type_name}FilterInput", fields)


def _output(spelling: Spelling, name: str, column: Column) -> GraphQLScalarType | GraphQLNonNull[GraphQLScalarType]:
    scalar = spelling.scalar(column)
    # A view of early 2024 may have no value where ours has one of the same name.
    is_never_empty = not column.is_nullable and not any(
        name == each.name for each in (spelling.former.columns if spelling.former else ())
    )
    return GraphQLNonNull(scalar) if is_never_empty else scalar


def _operators(scalar: GraphQLScalarType, kind: ColumnType) -> dict[str, GraphQLInputField]:
    names = _EQUALITY if kind is ColumnType.BOOLEAN else (*_EQUALITY, *_ORDERING)
    fields = {name: GraphQLInputField(scalar) for name in names}
    fields |= {name: GraphQLInputField(GraphQLList(scalar)) for name in ("_in", "_nin")}
    fields["_is_null"] = GraphQLInputField(GraphQLBoolean)
    if scalar is GraphQLString:
        fields |= {name: GraphQLInputField(scalar) for name in PATTERNS}
    return fields


def _measured(spelling: Spelling, function: str) -> dict[str, GraphQLField]:
    return {
        name: GraphQLField(_result(spelling, column, function))
        for name, column in spelling.fields.items()
        if _can(column, function)
    }


def _can(column: Column, function: str) -> bool:
    return column.type in _NUMBERS or (function in ("min", "max") and column.type is not ColumnType.BOOLEAN)


def _result(spelling: Spelling, column: Column, function: str) -> GraphQLScalarType:
    if function in ("min", "max"):
        return spelling.scalar(column)
    return scalars.OSO[ColumnType.DOUBLE] if spelling.is_oso else GraphQLFloat
