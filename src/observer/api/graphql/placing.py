"""Which relation answers for a name that early 2024 had too: the one that has all columns of the question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from observer.api.graphql.spelling import Spelling
from observer.errors import QueryError
from observer.query.request import AggregateQuery, Measure, Nodes, RowQuery, Shape, TypeName

Q = TypeVar("Q", RowQuery, AggregateQuery)


def placed(spelling: Spelling, query: Q) -> Q:
    """The query of our own table, or of the former view of that name if the columns are those of its shape."""
    if spelling.former is None:
        return query
    asked = set(_columns(query))
    if asked <= {column.name for column in spelling.table.columns}:
        return query
    strange = asked - {column.name for column in spelling.former.columns}
    if strange:
        raise QueryError(
            f"'{spelling.root}' has '{min(strange)}' today and other fields of the query as in early 2024",
            hint="ask for them separately",
        )
    if isinstance(query, AggregateQuery):
        return replace(query, rows=replace(query.rows, table=spelling.former.name))
    return replace(query, table=spelling.former.name)


def _columns(query: RowQuery | AggregateQuery) -> Iterator[str]:
    if isinstance(query, AggregateQuery):
        yield from _columns(query.rows)
        yield from _shaped(query.shape)
        return
    yield from _named(query.columns if isinstance(query.columns, Mapping) else {})
    yield from _compared(query.where)
    yield from (name for name, _ in query.order_by)
    yield from query.distinct_on


def _shaped(shape: Shape) -> Iterator[str]:
    for part in shape.values():
        match part:
            case Measure():
                yield from part.columns
            case Nodes():
                yield from _named(part.columns)
            case TypeName():
                pass
            case _:
                yield from _shaped(part)


def _named(columns: Mapping[str, str | TypeName]) -> Iterator[str]:
    return (name for name in columns.values() if isinstance(name, str))


def _compared(where: Mapping[str, object]) -> Iterator[str]:
    for name, operand in where.items():
        if name not in ("_and", "_or", "_not"):
            yield name
            continue
        for inner in operand if isinstance(operand, list) else [operand]:
            if isinstance(inner, Mapping):
                yield from _compared(inner)
