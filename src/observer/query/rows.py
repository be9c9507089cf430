"""Rows and aggregates of published tables, Hasura style: one statement each, whose JSON the database writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from observer.errors import NotFoundError, QueryError
from observer.model.table import ColumnType, Table
from observer.query.conditions import Where, column_of, quoted
from observer.query.relations import relations, row_count
from observer.query.request import (
    FUNCTIONS,
    MAX_OFFSET,
    MAX_PAGE,
    AggregateQuery,
    Measure,
    Nodes,
    Placeholder,
    PreparedRows,
    RowQuery,
    Shape,
    TypeName,
)
from observer.query.session import Session

BIG_TABLE = 1_000_000
"""Rows from which on a search for text in the middle of a column needs another condition beside it."""

_MOST_FIELDS = 50
_DIRECTIONS = {
    "asc": "asc nulls last",
    "desc": "desc nulls first",
    "asc_nulls_first": "asc nulls first",
    "asc_nulls_last": "asc nulls last",
    "desc_nulls_first": "desc nulls first",
    "desc_nulls_last": "desc nulls last",
}
_NUMBERS = {ColumnType.INTEGER, ColumnType.BIGINT, ColumnType.DOUBLE}


def prepare(session: Session, query: RowQuery) -> PreparedRows:
    """The query as a statement; UnknownTextError where that depends on a placeholder's text."""
    table = _table(session, query.table)
    inner, values = _select(session, table, query, _columns(table, query.columns))
    statement = f"select coalesce(json_agg(found), '[]')::text as rows, count(*) as count from ({inner}) as found"  # noqa: S608
    return PreparedRows(statement, values)


def rows(session: Session, prepared: PreparedRows, later: Mapping[str, str | int]) -> tuple[bytes, int]:
    """The rows as a JSON list of objects, and how many there are; `later` are those of placeholders."""
    values = {
        name: later[value.name] if isinstance(value, Placeholder) else value for name, value in prepared.values.items()
    }
    text, count = session.first(lambda *row: row, prepared.statement, values) or ("[]", 0)
    return text.encode(), count


def aggregate(session: Session, query: AggregateQuery) -> bytes:
    """The aggregates as one JSON object of the shape asked for."""
    table = _table(session, query.rows.table)
    inner, values = _select(session, table, query.rows, "*")
    statement = f"with found as ({inner}) select {_shaped(table, query.shape)}::text from found"  # noqa: S608
    return (session.first(str, statement, values) or "{}").encode()


def _select(session: Session, table: Table, query: RowQuery, columns: str) -> tuple[str, Mapping[str, object]]:
    if query.limit is not None and not 0 <= query.limit <= MAX_PAGE:
        raise QueryError(f"limit is {query.limit}", hint=f"ask for 0 to {MAX_PAGE}")
    if not isinstance(query.offset, Placeholder) and not 0 <= query.offset <= MAX_OFFSET:
        raise QueryError(f"offset is {query.offset}", hint=f"ask for 0 to {MAX_OFFSET}, or filter by the key")
    where = Where(table)
    condition = where.all_of(query.where)
    if where.searches_text and not where.is_narrow and row_count(session, table.name) > BIG_TABLE:
        raise QueryError(f"{table.name} is too big to search in the middle of text", hint="add an _eq or _in condition")
    parts = (
        f"select {_distinct(table, query.distinct_on)}{columns} from {quoted(table.name)}",  # noqa: S608
        f" where {condition}" if condition else "",
        _order(table, query),
        "" if query.limit is None else " limit %(limit)s::bigint",
        " offset %(offset)s::bigint" if query.offset else "",
    )
    # As values, and not written into the statement: one that is prepared serves every page.
    return "".join(parts), {**where.values, "limit": query.limit, "offset": query.offset}


def _shaped(table: Table, shape: Shape) -> str:
    """A JSON expression of this shape over the rows that were found."""
    if len(shape) > _MOST_FIELDS:
        raise QueryError(f"more than {_MOST_FIELDS} fields of one aggregate", hint="ask for fewer at once")
    parts = []
    for alias, part in shape.items():
        match part:
            case Measure():
                value = _measured(table, part)
            case Nodes():
                columns = _columns(table, part.columns)
                value = (
                    f"(select coalesce(json_agg(node), '[]') from (select {columns} from found "  # noqa: S608
                    f"limit {MAX_PAGE}) as node)"
                )
            case TypeName():
                value = f"'{part.name}'::text"
            case _:
                value = _shaped(table, part)
        parts.append(f"'{alias}', {value}")
    return f"json_build_object({', '.join(parts)})"


def _measured(table: Table, measure: Measure) -> str:
    if measure.function not in FUNCTIONS:
        raise QueryError(f"'{measure.function}' is no aggregate", hint=f"use {', '.join(FUNCTIONS)}")
    columns = [column_of(table, name) for name in measure.columns]
    distinct = "distinct " if measure.is_distinct else ""
    if measure.function == "count":
        if len(columns) > 1:
            return f"count({distinct}({', '.join(quoted(column.name) for column in columns)}))"
        return f"count({distinct}{quoted(columns[0].name)})" if columns else "count(*)"
    (column,) = columns
    if measure.function not in ("min", "max") and column.type not in _NUMBERS:
        raise QueryError(f"there is no {measure.function} of '{column.name}'", hint="it is not a number")
    name = quoted(column.name)
    if column.type is ColumnType.BOOLEAN:
        return f"bool_{'and' if measure.function == 'min' else 'or'}({name})"
    return f"{measure.function}({distinct}{name})"


def _table(session: Session, name: str) -> Table:
    for table in relations(session):
        if table.name == name:
            return table
    raise NotFoundError(f"there is no published table '{name}'")


def _columns(table: Table, wanted: Sequence[str] | Mapping[str, str | TypeName]) -> str:
    named: Mapping[str, str | TypeName]
    if not wanted:
        named = {column.name: column.name for column in table.columns}
    else:
        named = wanted if isinstance(wanted, Mapping) else {name: name for name in wanted}
    return ", ".join(_named(table, named))


def _named(table: Table, named: Mapping[str, str | TypeName]) -> Iterator[str]:
    for alias, name in named.items():
        value = f"'{name.name}'::text" if isinstance(name, TypeName) else quoted(column_of(table, name).name)
        yield f"{value} as {quoted(alias)}"


def _distinct(table: Table, names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"distinct on ({', '.join(quoted(column_of(table, name).name) for name in names)}) "


def _order(table: Table, query: RowQuery) -> str:
    """The order asked for, after the columns of distinct_on and before the key, so that pages are stable."""
    given: dict[str, str] = {}
    for name, direction in query.order_by:
        # The first one decides: the same column again changes nothing.
        given.setdefault(name, direction)
    distinct = dict.fromkeys(query.distinct_on)
    # PostgreSQL wants all columns of distinct_on first, in any order: those that begin the order stay as they are.
    leading = list(takewhile(distinct.__contains__, given))
    names = dict.fromkeys((*leading, *distinct, *given))
    # A big table is not sorted as a whole for nothing: without any order its rows come as they are stored.
    trailing = [name for name in table.key if names and name not in names]
    parts = [_ordered(table, name, given.get(name, "asc")) for name in (*names, *trailing)]
    return f" order by {', '.join(parts)}" if parts else ""


def _ordered(table: Table, name: str, direction: str) -> str:
    if direction.lower() not in _DIRECTIONS:
        raise QueryError(f"'{direction}' is no direction", hint=f"use {', '.join(_DIRECTIONS)}")
    return f"{quoted(column_of(table, name).name)} {_DIRECTIONS[direction.lower()]}"
