"""Remembers what was made of a query and decided about it, for queries that differ in the texts they compare with.

What stands in quotes behind `=` or `<>` is a value: neither the translation nor the gate looks into it. Texts in any
other place (units, formats, paths, patterns) may mean something, and belong to the query.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from observer.errors import ObserverError

_QUOTED = re.compile(r"""'(?:[^']|'')*+'|"(?:[^"]|"")*+\"""")
_MOST = 256
_LONGEST = 8 * 1024

Prepare = Callable[[str], tuple[str, bool]]
"""From a query to the engine's own words, checked, and whether the answer depends on the time."""


@dataclass(frozen=True, slots=True)
class _Template:
    """The engine's words around the values, which come in this order."""

    parts: tuple[str, ...]
    order: tuple[int, ...]
    is_volatile: bool

    def filled(self, values: list[str]) -> str:
        """The query with its values."""
        words = [self.parts[0]]
        for place, part in zip(self.order, self.parts[1:], strict=True):
            words += (values[place], part)
        return "".join(words)


class Templates:
    """Prepares queries, each form of them once."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._known: OrderedDict[str, _Template | None] = OrderedDict()
        self._mark = secrets.token_hex(12)

    def prepared(self, sql: str) -> tuple[str, bool]:
        """What `prepare` gives for the query."""
        between, values = split(sql)
        if not values or len(sql) > _LONGEST:
            return self._prepare(sql)
        key = "'?'".join(between)
        if key in self._known:
            self._known.move_to_end(key)
        else:
            self._known[key] = self._template(between, len(values))
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        template = self._known[key]
        return (template.filled(values), template.is_volatile) if template else self._prepare(sql)

    def _template(self, between: list[str], count: int) -> _Template | None:
        """None for a query that is refused, or whose values do not come out once each."""
        marks = [f"'{self._mark}{place:04d}'" for place in range(count)]
        marked = "".join(word for pair in zip(between, [*marks, ""], strict=True) for word in pair)
        try:
            words, is_volatile = self._prepare(marked)
        except ObserverError:
            return None
        pieces = re.split(rf"'{self._mark}(\d{{4}})'", words)
        order = tuple(map(int, pieces[1::2]))
        if sorted(order) != list(range(count)) or self._mark in "".join(pieces[::2]):
            return None
        return _Template(tuple(pieces[::2]), order, is_volatile)


def split(sql: str) -> tuple[list[str], list[str]]:
    """The query around the values that it compares with, and the values with their quotes."""
    between, values, end = [], [], 0
    for match in _QUOTED.finditer(sql):
        before = sql[: match.start()].rstrip()
        if match[0][0] == "'" and before.endswith(("=", "<>")) and not before.endswith(":="):
            between.append(sql[end : match.start()])
            values.append(match[0])
            end = match.end()
    return [*between, sql[end:]], values
