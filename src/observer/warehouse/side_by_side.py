"""Runs two queries for the same metric of the same entities and tells where their values differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from observer.errors import WarehouseError
from observer.warehouse.identifiers import literal

if TYPE_CHECKING:
    from observer.warehouse.attachment import Attachment

_TABLE = {"project": "int_projects", "collection": "int_collections"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value in two definitions; None where a definition has none."""

    entity: str
    bucket: str
    left: float | None
    right: float | None

    @property
    def by(self) -> float | None:
        """How much the second is more; None where one is missing."""
        return None if self.left is None or self.right is None else self.right - self.left


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many entities and periods have a value in either, how many of them are equal, and those that are not.

    `differences` are the largest ones, at most as many as asked for.
    """

    compared: int
    equal: int
    only_left: int
    only_right: int
    differing: int
    differences: tuple[Difference, ...]


def compare_on_lake(
    attachment: Attachment, left: str, right: str, entity_type: str, name: str | None, *, limit: int, memory_limit: str
) -> Comparison:
    """`compare_queries` over the lake, attached read-only."""
    with duckdb.connect(config={"memory_limit": memory_limit, "threads": 2}) as connection:
        try:
            attachment.attach(connection, read_only=True)
        except duckdb.Error as error:
            raise WarehouseError(f"the warehouse cannot be read: {error}", hint="run `observer build` first") from error
        return compare_queries(connection, left, right, entity_type, name, catalog=attachment.alias, limit=limit)


def compare_queries(
    connection: duckdb.DuckDBPyConnection,
    left: str,
    right: str,
    entity_type: str,
    name: str | None,
    *,
    catalog: str,
    limit: int,
) -> Comparison:
    """Compares two queries that give entity_type, entity_id, bucket and amount, over projects or collections.

    With `name` only that project or collection. Values that differ by less than a part in 10^9 are equal. Raises
    WarehouseError where a query fails, nothing was built, or nothing has that name.
    """
    try:
        connection.execute(f"set search_path = {literal(f'{catalog}.marts,{catalog}.intermediate')}")
        table, key = _TABLE[entity_type], f"{entity_type}_name"
        connection.execute(
            f"create or replace temp table named as select {entity_type}_id as entity_id, {key} as entity_name "  # noqa: S608 - own words
            f"from {table} where $1 is null or {key} = $1",
            [name],
        )
        if name is not None and not connection.execute("select 1 from named").fetchall():
            raise WarehouseError(f"there is no {entity_type} '{name}'", hint="search for a part of its name")
        for side, query in (("left_side", left), ("right_side", right)):
            connection.execute(
                f"create or replace temp table {side} as select named.entity_name, found.bucket, found.amount "  # noqa: S608 - own words
                f"from ({query}) as found inner join named on named.entity_id = found.entity_id "
                "where found.entity_type = $1",
                [entity_type],
            )
        return _compared(connection, limit)
    except duckdb.CatalogException as error:
        raise WarehouseError("there are no models yet", hint="run `observer build` first") from error
    except duckdb.Error as error:
        raise WarehouseError(f"the query fails: {error}") from error


def _compared(connection: duckdb.DuckDBPyConnection, limit: int) -> Comparison:
    connection.execute(
        """
        create or replace temp table pairs as
        select entity_name, bucket, l.amount as l, r.amount as r,
            coalesce(abs(l.amount - r.amount) <= 1e-9 * greatest(abs(l.amount), abs(r.amount)), false) as is_equal
        from left_side as l full join right_side as r using (entity_name, bucket)
        """
    )
    row: Any = connection.execute(
        "select count(*), count_if(is_equal), count_if(r is null), count_if(l is null), "
        "count_if(l is not null and r is not null and not is_equal) from pairs"
    ).fetchone()
    rows = connection.execute(
        "select entity_name, cast(bucket as varchar), l, r from pairs where not is_equal "
        "order by abs(coalesce(r, 0) - coalesce(l, 0)) desc, entity_name, bucket limit $1",
        [limit],
    ).fetchall()
    compared, equal, only_left, only_right, differing = row
    differences = tuple(Difference(*each) for each in rows)
    return Comparison(compared, equal, only_left, only_right, differing, differences)
