"""SHOW, DESCRIBE and EXPLAIN: what notebooks ask beside SELECT, answered from the release's own list of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass

from observer.query.sql.worker.engine import trino_type
from observer.query.sql.worker.names import Names

_NAME = r'[\w.]+|"[^"]+"(?:\."[^"]+")*'
_SHOW_TABLES = re.compile(rf"show\s+tables(?:\s+(?:from|in)\s+({_NAME}))?(?:\s+like\s+'([^']*)')?", re.IGNORECASE)
_SHOW_COLUMNS = re.compile(rf"(?:show\s+columns\s+(?:from|in)|describe|desc)\s+({_NAME})", re.IGNORECASE)
_SHOW_SCHEMAS = re.compile(rf"show\s+schemas(?:\s+(?:from|in)\s+({_NAME}))?", re.IGNORECASE)
_SHOW_CATALOGS = re.compile(r"show\s+catalogs", re.IGNORECASE)
_EXPLAIN = re.compile(r"explain\s+(?!analyze\b)((?:select|with|values|\().*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listing:
    """A small table that was not computed by the engine."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def explained(sql: str) -> str | None:
    """The query that is to be explained; None where the text is no EXPLAIN."""
    match = _EXPLAIN.fullmatch(sql)
    return match[1] if match else None


def listing(sql: str, names: Names) -> Listing | None:
    """The answer to SHOW or DESCRIBE; None where the text is neither. QueryError for a table that is not there."""
    if match := _SHOW_TABLES.fullmatch(sql):
        keeps = _like(match[2])
        found = sorted(table.name for table in names.tables if keeps.fullmatch(table.name))
        return Listing(("Table",), tuple((name,) for name in found))
    if match := _SHOW_COLUMNS.fullmatch(sql):
        parts = [part.strip('"') for part in match[1].split(".")]
        catalog, schema, name = ([""] * (3 - len(parts)) + parts)[-3:]
        table = names.table(name, schema, catalog)
        rows = tuple((column, trino_type(kind), "", text or "") for column, kind, text in table.columns)
        return Listing(("Column", "Type", "Extra", "Comment"), rows)
    if _SHOW_SCHEMAS.fullmatch(sql):
        return Listing(("Schema",), (("information_schema",), ("oso",)))
    if _SHOW_CATALOGS.fullmatch(sql):
        return Listing(("Catalog",), (("iceberg",),))
    return None


def _like(pattern: str | None) -> re.Pattern[str]:
    if pattern is None:
        return re.compile(".*")
    return re.compile("".join({"%": ".*", "_": "."}.get(part, re.escape(part)) for part in pattern), re.IGNORECASE)
