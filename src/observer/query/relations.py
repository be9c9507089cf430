"""What rows can be asked of: the published tables and views that the schema of a release really has."""

from __future__ import annotations

from dataclasses import replace

from observer.model.compatibility import VIEWS
from observer.model.published import PUBLISHED, Table
from observer.query.once import OncePerRelease
from observer.query.session import Session


def relations(session: Session) -> tuple[Table, ...]:
    """The declared tables and views that this release has, with those of their columns that it has."""
    return _relations(session)


def row_count(session: Session, name: str) -> int:
    """The rows of a table, or of the largest table that a view reads."""
    rows = {table.name: table.rows for table in session.release.tables}
    return max((rows.get(table, 0) for table in _READS.get(name, (name,))), default=0)


_READS = {view.relation: view.tables for view in VIEWS}


def _read(session: Session) -> tuple[Table, ...]:
    names = {table.name: table for table in (*PUBLISHED, *(view.as_table() for view in VIEWS))}
    found: dict[str, set[str]] = dict(
        session.all(lambda name, columns: (name, set(columns)), _COLUMNS, {"names": list(names)})
    )
    return tuple(
        replace(table, columns=tuple(column for column in table.columns if column.name in found[table.name]))
        for table in names.values()
        if table.name in found
    )


_relations = OncePerRelease(_read)

_COLUMNS = (
    "select relname::text, array_agg(attname::text) from pg_class inner join pg_attribute on attrelid = pg_class.oid "
    "where relnamespace = current_schema()::regnamespace and relname = any(%(names)s) and attnum > 0 "
    "and not attisdropped group by relname"
)
