"""Conditions on rows, in Hasura's words, as SQL with numbered parameters and within limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from observer.errors import QueryError
from observer.model.table import Column, ColumnType, Table
from observer.query.request import MAX_DEPTH, MAX_PATTERN, MAX_VALUES, Placeholder, UnknownTextError

_COMPARISONS = {"_eq": "=", "_neq": "<>", "_gt": ">", "_gte": ">=", "_lt": "<", "_lte": "<="}
_PATTERNS = {
    "_like": "like",
    "_nlike": "not like",
    "_ilike": "ilike",
    "_nilike": "not ilike",
    "_similar": "similar to",
    "_nsimilar": "not similar to",
    "_regex": "~",
    "_nregex": "!~",
    "_iregex": "~*",
    "_niregex": "!~*",
    "_match": "~",
    "_contains": "",
}
_REGULAR = {"_similar", "_nsimilar", "_regex", "_nregex", "_iregex", "_niregex", "_match"}
_LISTS = {"_in": "= any", "_nin": "<> all"}
_DENIALS = {"_neq", "_nin", "_nlike", "_nilike", "_nsimilar", "_nregex", "_niregex"}
COMPARISONS = (*_COMPARISONS, *_LISTS, "_is_null")
"""Operators of every type of column; `_is_null` takes a boolean."""

PATTERNS = tuple(_PATTERNS)
"""Operators of text alone: LIKE, SIMILAR TO, regular expressions of two eras, and plain substrings."""

_CASTS = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.BIGINT: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamptz",
}


class Where:
    """Turns conditions on one table into SQL; `values` are its parameters.

    `searches_text` tells whether text is searched in a way that no index helps, `is_narrow` whether another
    condition beside it chooses few rows.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.values: dict[str, object] = {}
        self.searches_text = False
        self.is_narrow = False
        self._count = 0

    def all_of(self, conditions: object, depth: int = 1) -> str | None:
        """The conjunction of an object of conditions, None where there is none."""
        if depth > MAX_DEPTH:
            raise QueryError("conditions are nested too deeply", hint=f"use at most {MAX_DEPTH} levels")
        parts = [part for name, operand in _mapping(conditions).items() if (part := self._part(name, operand, depth))]
        return f"({' and '.join(parts)})" if parts else None

    def _part(self, name: str, operand: object, depth: int) -> str | None:
        if operand is None:
            return None
        if name == "_not":
            inner = self.all_of(operand, depth + 1)
            return f"not {inner}" if inner else None
        if name in ("_and", "_or"):
            items = operand if isinstance(operand, list | tuple) else [operand]
            parts = [part for item in items if (part := self.all_of(item, depth + 1))]
            return f"({(' and ' if name == '_and' else ' or ').join(parts)})" if parts else None
        column = column_of(self.table, name)
        compared = [
            self._compare(column, operator, value, depth)
            for operator, value in _mapping(operand).items()
            if value is not None
        ]
        return f"({' and '.join(compared)})" if compared else None

    def _compare(self, column: Column, operator: str, value: object, depth: int) -> str:
        name = quoted(column.name)
        if operator == "_is_null":
            return f"{name} is null" if value else f"{name} is not null"
        is_pattern = operator in _PATTERNS
        known = operator in _COMPARISONS or operator in _LISTS or is_pattern
        if not known or (is_pattern and column.type is not ColumnType.TEXT):
            allowed = (*COMPARISONS, *(PATTERNS if column.type is ColumnType.TEXT else ()))
            raise QueryError(f"'{column.name}' cannot be compared by '{operator}'", hint=f"use {', '.join(allowed)}")
        self.is_narrow |= depth == 1 and operator in ("_eq", "_in")
        if operator in _LISTS:
            items = value if isinstance(value, list | tuple) else [value]
            operand: object = [_checked(column, item) for item in items if item is not None]
            self._counted(len(items))
        else:
            operand = value if self._may_come_later(column, operator, value) else _checked(column, value)
            self._counted(1)
        if is_pattern:
            self._check_pattern(operator, str(operand))
        place = self._place(operand, operator, column)
        plain = _compared(name, operator, place)
        if not _is_full_name(self.table, column, operand):
            return plain
        full = _compared("(artifact_namespace || '/' || artifact_name)", operator, place)
        return f"({plain} {'and' if operator in _DENIALS else 'or'} {full})"

    def _may_come_later(self, column: Column, operator: str, value: object) -> bool:
        """Whether this is a text that is given later, and the statement the same whatever it says."""
        is_same = column.type is ColumnType.TEXT and operator in _COMPARISONS
        is_text = isinstance(value, Placeholder) and not value.is_number
        return is_text and is_same and not _has_full_names(self.table, column)

    def _check_pattern(self, operator: str, pattern: str) -> None:
        if len(pattern) > MAX_PATTERN:
            raise QueryError(f"a pattern is longer than {MAX_PATTERN} characters")
        is_free = operator in _REGULAR or operator == "_contains" or pattern.startswith(("%", "_"))
        self.searches_text |= is_free

    def _place(self, operand: object, operator: str, column: Column) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = operand
        return f"%({name})s::{_CASTS[column.type]}" + ("[]" if operator in _LISTS else "")

    def _counted(self, more: int) -> None:
        self._count += more
        if self._count > MAX_VALUES:
            raise QueryError("the conditions hold too many values", hint=f"use at most {MAX_VALUES}")


def column_of(table: Table, name: str) -> Column:
    """The column of this name; QueryError where the table has none."""
    try:
        return table.column(name)
    except KeyError:
        raise QueryError(f"table {table.name} has no column '{name}'") from None


def quoted(name: str) -> str:
    """A name as SQL. Names are our own declarations or GraphQL's, which hold letters, digits and underscores."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def _compared(name: str, operator: str, place: str) -> str:
    if operator in _LISTS:
        return f"{name} {_LISTS[operator]} ({place})"
    if operator == "_contains":
        return f"strpos({name}, {place}) > 0"
    return f"{name} {_COMPARISONS.get(operator) or _PATTERNS[operator]} {place}"


def _is_full_name(table: Table, column: Column, operand: object) -> bool:
    """Whether an artifact is named as in early 2024, by owner and name together; names alone hold no slash."""
    if not _has_full_names(table, column):
        return False
    texts = operand if isinstance(operand, list) else [operand]
    return any(isinstance(text, str) and "/" in text for text in texts)


def _has_full_names(table: Table, column: Column) -> bool:
    return column.name == "artifact_name" and any(each.name == "artifact_namespace" for each in table.columns)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise QueryError("a condition must be an object", hint='for instance {"project_name": {"_eq": "..."}}')
    return value


def _checked(column: Column, value: object) -> object:
    """The value, if the column can be compared with it; dates and times may be ISO text."""
    if isinstance(value, Placeholder):
        raise UnknownTextError(value.name)
    try:
        match column.type:
            case ColumnType.TEXT if isinstance(value, str) and "\x00" not in value:
                value.encode()
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
    except (ValueError, OverflowError):
        pass
    raise QueryError(f"'{column.name}' cannot be compared with {value!r:.80}", hint=f"it is {column.type.value}")


def _whole(value: int) -> int:
    if abs(value) >= 2**63:
        raise ValueError(value)
    return value
