"""Runs a query that was proposed on the models of the warehouse, without the right to change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from observer.errors import WarehouseError
from observer.warehouse.identifiers import literal

if TYPE_CHECKING:
    import pyarrow as pa

    from observer.warehouse.attachment import Attachment

_ENTITY_IDS = {"project": "select project_id from projects", "artifact": "select artifact_id from artifacts"}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a query gave; `as_of` is the last complete day, `entity_ids` are all projects or artifacts."""

    rows: pa.Table
    as_of: date
    entity_ids: frozenset[str]


def try_on_lake(attachment: Attachment, sql: str, entity: str, *, memory_limit: str) -> Trial:
    """`try_query` over the lake, attached read-only; does not wait for who writes."""
    with duckdb.connect(config={"memory_limit": memory_limit, "threads": 2}) as connection:
        try:
            attachment.attach(connection, read_only=True)
        except duckdb.Error as error:
            raise WarehouseError(f"the warehouse cannot be read: {error}", hint="run `observer build` first") from error
        return try_query(connection, sql, entity, catalog=attachment.alias)


def try_query(connection: duckdb.DuckDBPyConnection, sql: str, entity: str, *, catalog: str) -> Trial:
    """The rows of `sql`, in which names of models stand alone and `$as_of` is the last complete day.

    `entity` is project or artifact. Raises WarehouseError where the query fails or nothing was built.
    """
    try:
        connection.execute(f"set search_path = {literal(f'{catalog}.marts,{catalog}.intermediate')}")
        found = connection.execute("select max(sample_date) from key_metrics").fetchone()
        ids = connection.execute(_ENTITY_IDS[entity]).fetchall()
    except duckdb.Error as error:
        raise WarehouseError("there are no models yet", hint="run `observer build` first") from error
    as_of = found[0] if found else None
    if as_of is None:
        raise WarehouseError("no day is complete yet", hint="run `observer sync` and `observer build` first")
    parameters = {"as_of": as_of} if "$as_of" in sql else {}
    try:
        rows = connection.execute(sql, parameters).to_arrow_table()
    except duckdb.Error as error:
        raise WarehouseError(f"the query fails: {error}") from error
    return Trial(rows, as_of, frozenset(row[0] for row in ids))
