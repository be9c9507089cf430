"""Rows of published tables, Hasura style: one parametrised statement, whose JSON the database writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import LiteralString

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal, Placeholder

from observer.errors import NotFoundError, QueryError
from observer.model.published import PUBLISHED, Column, ColumnType, Table
from observer.query.request import MAX_DEPTH, MAX_OFFSET, MAX_PAGE, MAX_VALUES, RowQuery
from observer.query.session import Session

BIG_TABLE = 1_000_000
"""Rows from which on a search for text in the middle of a column needs another condition beside it."""

_COMPARISONS: dict[str, LiteralString] = {
    "_eq": "=",
    "_neq": "<>",
    "_gt": ">",
    "_gte": ">=",
    "_lt": "<",
    "_lte": "<=",
    "_like": "like",
    "_nlike": "not like",
    "_ilike": "ilike",
    "_nilike": "not ilike",
}
_PATTERNS = {"_like", "_nlike", "_ilike", "_nilike"}
_LISTS = {"_in": SQL("= any"), "_nin": SQL("<> all")}
OPERATORS = (*_COMPARISONS, *_LISTS, "_is_null")
_DIRECTIONS: dict[str, LiteralString] = {
    "asc": "asc nulls last",
    "desc": "desc nulls first",
    "asc_nulls_first": "asc nulls first",
    "asc_nulls_last": "asc nulls last",
    "desc_nulls_first": "desc nulls first",
    "desc_nulls_last": "desc nulls last",
}
_CASTS: dict[ColumnType, LiteralString] = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.BIGINT: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamptz",
}


def tables(session: Session) -> tuple[Table, ...]:
    """The published tables that this release has, as declared, with the columns that it has."""
    found = {table.name: {name for name, _ in table.columns} for table in session.release.tables}
    return tuple(table for table in PUBLISHED if table.name in found)


def rows(session: Session, query: RowQuery) -> bytes:
    """The rows as a JSON list of objects."""
    table = _table(session, query.table)
    if not 0 <= query.limit <= MAX_PAGE:
        raise QueryError(f"limit is {query.limit}", hint=f"ask for 0 to {MAX_PAGE}")
    if not 0 <= query.offset <= MAX_OFFSET:
        raise QueryError(f"offset is {query.offset}", hint=f"ask for 0 to {MAX_OFFSET}, or filter by the key")
    where = _Where(table)
    condition = where.all_of(query.where, 1)
    if where.searches_middle and not where.is_narrow and session.release.table(table.name).rows > BIG_TABLE:
        raise QueryError(f"{table.name} is too big to search in the middle of text", hint="add an _eq or _in condition")
    statement = SQL(
        "select coalesce(json_agg(found), '[]')::text from (select {distinct}{columns} from {table}{where}{order} "
        "limit {limit} offset {offset}) as found"
    ).format(
        distinct=_distinct(table, query.distinct_on),
        columns=SQL(", ").join(_columns(table, query.columns)),
        table=Identifier(table.name),
        where=SQL(" where {}").format(condition) if condition else SQL(""),
        order=_order(table, query),
        limit=Literal(query.limit),
        offset=Literal(query.offset),
    )
    return (session.first(str, statement, where.values) or "[]").encode()


class _Where:
    """Turns conditions into SQL with numbered parameters, within the limits."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.values: dict[str, object] = {}
        self.searches_middle = False
        self.is_narrow = False

    def all_of(self, conditions: object, depth: int) -> Composed | None:
        """The conjunction of an object of conditions, None where there is none."""
        if depth > MAX_DEPTH:
            raise QueryError("conditions are nested too deeply", hint=f"use at most {MAX_DEPTH} levels")
        parts = [part for name, operand in _mapping(conditions).items() if (part := self._part(name, operand, depth))]
        return SQL("({})").format(SQL(" and ").join(parts)) if parts else None

    def _part(self, name: str, operand: object, depth: int) -> Composable | None:
        if operand is None:
            return None
        if name == "_not":
            inner = self.all_of(operand, depth + 1)
            return SQL("not {}").format(inner) if inner else None
        if name in ("_and", "_or"):
            items = operand if isinstance(operand, list | tuple) else [operand]
            inner_parts = [part for item in items if (part := self.all_of(item, depth + 1))]
            if not inner_parts:
                return None
            return SQL("({})").format(SQL(" and " if name == "_and" else " or ").join(inner_parts))
        column = _column(self.table, name)
        compared = [
            self._compare(column, op, value, depth) for op, value in _mapping(operand).items() if value is not None
        ]
        return SQL("({})").format(SQL(" and ").join(compared)) if compared else None

    def _compare(self, column: Column, operator: str, value: object, depth: int) -> Composed:
        name, cast = Identifier(column.name), SQL(_CASTS[column.type])
        if operator == "_is_null":
            return SQL("{} is null" if value else "{} is not null").format(name)
        if operator in _LISTS:
            items = value if isinstance(value, list | tuple) else [value]
            self._count(len(items))
            self.is_narrow |= depth == 1 and operator == "_in"
            place = self._value([_checked(column, item) for item in items if item is not None])
            return SQL("{} {} ({}::{}[])").format(name, _LISTS[operator], place, cast)
        if operator not in _COMPARISONS or (operator in _PATTERNS and column.type is not ColumnType.TEXT):
            raise QueryError(f"'{column.name}' cannot be compared by '{operator}'", hint=f"use {', '.join(OPERATORS)}")
        self._count(1)
        self.is_narrow |= depth == 1 and operator == "_eq"
        self.searches_middle |= operator in _PATTERNS and str(value).startswith(("%", "_"))
        place = self._value(_checked(column, value))
        return SQL("{} {} {}::{}").format(name, SQL(_COMPARISONS[operator]), place, cast)

    def _value(self, value: object) -> Placeholder:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return Placeholder(name)

    def _count(self, more: int) -> None:
        held = sum(len(value) if isinstance(value, list) else 1 for value in self.values.values())
        if held + more > MAX_VALUES:
            raise QueryError("the conditions hold too many values", hint=f"use at most {MAX_VALUES}")


def _table(session: Session, name: str) -> Table:
    for table in tables(session):
        if table.name == name:
            return table
    raise NotFoundError(f"there is no published table '{name}'")


def _column(table: Table, name: str) -> Column:
    try:
        return table.column(name)
    except KeyError:
        raise QueryError(f"table {table.name} has no column '{name}'") from None


def _columns(table: Table, wanted: Sequence[str] | Mapping[str, str]) -> Iterator[Composable]:
    if not wanted:
        wanted = [column.name for column in table.columns]
    named = wanted if isinstance(wanted, Mapping) else dict(zip(wanted, wanted, strict=True))
    for alias, name in named.items():
        yield SQL("{} as {}").format(Identifier(_column(table, name).name), Identifier(alias))


def _distinct(table: Table, names: Sequence[str]) -> Composable:
    if not names:
        return SQL("")
    return SQL("distinct on ({}) ").format(SQL(", ").join(Identifier(_column(table, name).name) for name in names))


def _order(table: Table, query: RowQuery) -> Composable:
    """The order asked for, after the columns of distinct_on and before the key, so that pages are stable."""
    given = [name for name, _ in query.order_by]
    leading = [(name, "asc") for name in query.distinct_on if name not in given[: len(query.distinct_on)]]
    asked = [*leading, *query.order_by]
    # A big table is not sorted as a whole for nothing: without any order its rows come as they are stored.
    trailing = [(name, "asc") for name in table.key if asked and name not in {name for name, _ in asked}]
    parts = [_ordered(table, name, direction) for name, direction in (*asked, *trailing)]
    return SQL(" order by {}").format(SQL(", ").join(parts)) if parts else SQL("")


def _ordered(table: Table, name: str, direction: str) -> Composable:
    if direction.lower() not in _DIRECTIONS:
        raise QueryError(f"'{direction}' is no direction", hint=f"use {', '.join(_DIRECTIONS)}")
    return SQL("{} {}").format(Identifier(_column(table, name).name), SQL(_DIRECTIONS[direction.lower()]))


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise QueryError("a condition must be an object", hint='for instance {"project_name": {"_eq": "..."}}')
    return value


def _checked(column: Column, value: object) -> object:
    """The value, if the column can be compared with it; dates and times may be ISO text."""
    try:
        match column.type:
            case ColumnType.TEXT if isinstance(value, str) and "\x00" not in value:
                return value
            case ColumnType.BOOLEAN if isinstance(value, bool):
                return value
            case ColumnType.INTEGER | ColumnType.BIGINT if isinstance(value, int | str) and not isinstance(value, bool):
                return _whole(int(value))
            case ColumnType.DOUBLE if isinstance(value, int | float | str) and not isinstance(value, bool):
                return float(value)
            case ColumnType.DATE if isinstance(value, date | str):
                return value if isinstance(value, date) else date.fromisoformat(value[:10])
            case ColumnType.TIMESTAMP if isinstance(value, datetime | str):
                return value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except ValueError:
        pass
    raise QueryError(f"'{column.name}' cannot be compared with {value!r:.80}", hint=f"it is {column.type.value}")


def _whole(value: int) -> int:
    if abs(value) >= 2**63:
        raise ValueError(value)
    return value
