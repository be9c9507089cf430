"""The tables of a release as a query may name them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from observer.errors import QueryError

PREFIXES = frozenset({("", ""), ("", "oso"), ("iceberg", "oso"), ("", "main")})
"""The catalogue and schema under which published queries find their tables."""

INFORMATION_SCHEMA = ("columns", "schemata", "tables")


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table or view of a release: `columns` are (name, type in DuckDB's words, description)."""

    name: str
    columns: tuple[tuple[str, str, str | None], ...]
    description: str | None = None


class Names:
    """Looks tables up, without regard to case."""

    def __init__(self, tables: tuple[NamedTable, ...]) -> None:
        self.tables = tables
        self._by_name = {table.name.lower(): table for table in tables}

    def table(self, name: str, schema: str = "", catalog: str = "") -> NamedTable:
        """The table of this name; QueryError says which are like it."""
        table = self._by_name.get(name.lower())
        if table is None or (catalog.lower(), schema.lower()) not in PREFIXES:
            full = ".".join(part for part in (catalog, schema, name) if part)[:100]
            raise QueryError(f"Table '{full}' does not exist", hint=self._hint(name))
        return table

    def _hint(self, name: str) -> str:
        near = get_close_matches(name.lower()[:100], self._by_name, n=1, cutoff=0.75)
        return f"did you mean '{near[0]}'?" if near else "SHOW TABLES lists those that there are"


def hidden(name: str) -> str:
    """The name under which a view of the information schema is kept; nobody can write it in a query."""
    return f"information_schema.{name}"
