"""Quoting of names and values for the few SQL statements that the engine composes itself."""

from __future__ import annotations

from observer.errors import WarehouseError


def quoted(name: str) -> str:
    """A name as a SQL identifier, in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def relation(name: str) -> str:
    """A dotted relation name as SQL: `marts.projects` -> `"marts"."projects"`. Raises WarehouseError if malformed."""
    parts = name.split(".")
    if not 1 <= len(parts) <= 3 or not all(parts):
        raise WarehouseError("not the name of a relation", where=name, hint="write it as schema.table")
    return ".".join(quoted(part) for part in parts)


def columns(names: tuple[str, ...] | list[str], prefix: str = "") -> str:
    """A list of column names as SQL, each behind `prefix` (`t.`) if given."""
    return ", ".join(prefix + quoted(name) for name in names)
