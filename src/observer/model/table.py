"""Declarations of tables: columns with types and descriptions, keys, references and indexes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntityType(StrEnum):
    """Artifact, project or collection, where a metric does not care which."""

    ARTIFACT = "artifact"
    PROJECT = "project"
    COLLECTION = "collection"


class ColumnType(StrEnum):
    """Types of published columns, by their DuckDB names. Timestamps are in UTC."""

    TEXT = "VARCHAR"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"
    DOUBLE = "DOUBLE"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `values` closes the set of what a text column may hold."""

    name: str
    type: ColumnType
    description: str
    is_nullable: bool = True
    values: tuple[str, ...] = ()


def text(name: str, description: str, *values: str) -> Column:
    """A column of text that is never empty; with values, one of them."""
    return Column(name, ColumnType.TEXT, description, is_nullable=False, values=values)


def maybe(name: str, description: str, kind: ColumnType = ColumnType.TEXT) -> Column:
    """A column that may be empty."""
    return Column(name, kind, description)


def must(name: str, kind: ColumnType, description: str) -> Column:
    """A column that is never empty."""
    return Column(name, kind, description, is_nullable=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """Every non-null value of `column` is a value of `table.target`."""

    column: str
    table: str
    target: str


@dataclass(frozen=True, slots=True)
class Table:
    """One published table: a row per `key`.

    `indexes` are those that the readers need in PostgreSQL, where a name with a minus before it is falling with
    empty values last. `order` is how PostgreSQL stores the rows, by the key where it is empty. `lookup` are the first
    columns of a long key, if an index of them is enough there: it is a tenth as large as one of whole keys.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    order: tuple[str, ...] = ()
    lookup: tuple[str, ...] = ()
    min_rows: int = 0

    def column(self, name: str) -> Column:
        """The named column; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
