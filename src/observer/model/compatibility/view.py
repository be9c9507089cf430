"""What a compatibility view is: a public name of the original with its columns, and a SELECT over published tables.

The SELECT is written in the words that PostgreSQL and DuckDB share; `statement` adds the types of either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from observer.model.published import PUBLISHED, published_table
from observer.model.table import Column, ColumnType, Table


class Era(StrEnum):
    """When a name or a shape was live. The years of the original's public interfaces."""

    EARLY_2024 = "2024, unversioned"
    LATE_2024 = "2024, versioned"
    SINCE_2025 = "2025 and later"


class Dialect(StrEnum):
    """Who answers: the serving database, or the engine over the frozen catalogue."""

    POSTGRESQL = "postgresql"
    DUCKDB = "duckdb"


_POSTGRESQL_TYPES = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "integer",
    ColumnType.BIGINT: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamptz",
}
_PLAIN_NAMES = frozenset(table.name for table in PUBLISHED)


@dataclass(frozen=True, slots=True)
class View:
    """One public name of the original.

    `columns` stand in the order that `select *` has; names of several years stand beside each other. `select` gives
    columns of these names, in any order and of any type that can be cast, from `tables` and nothing else. `key` are
    the columns by which a row is known, empty where rows may repeat.
    """

    name: str
    eras: tuple[Era, ...]
    description: str
    tables: tuple[str, ...]
    columns: tuple[Column, ...]
    select: str
    key: tuple[str, ...] = ()

    @property
    def relation(self) -> str:
        """Its name in the stores: its own, but `early_2024__<name>` where a published table has taken that."""
        return f"early_2024__{self.name}" if self.name in _PLAIN_NAMES else self.name

    def statement(self, dialect: Dialect) -> str:
        """The SELECT with exactly the declared columns, types and order."""
        columns = ",\n    ".join(
            f'cast(shape."{column.name}" as {_type(column, dialect)}) as "{column.name}"' for column in self.columns
        )
        return f"select\n    {columns}\nfrom (\n{self.select.strip()}\n) as shape"

    def as_table(self) -> Table:
        """The same as the declaration of a table, named as in the stores."""
        return Table(self.relation, self.description, self.columns, self.key)


def same(table: str, *names: str) -> tuple[Column, ...]:
    """Columns of a published table by name, as they are described there; all may be empty."""
    declared = published_table(table)
    return tuple(replace(declared.column(name), is_nullable=True, values=()) for name in names)


def renamed(columns: Iterable[Column], old: str, new: str) -> tuple[Column, ...]:
    """The columns with the beginning `old` of their names replaced by `new`."""
    return tuple(replace(column, name=new + column.name.removeprefix(old)) for column in columns)


def _type(column: Column, dialect: Dialect) -> str:
    return _POSTGRESQL_TYPES[column.type] if dialect is Dialect.POSTGRESQL else column.type.value
