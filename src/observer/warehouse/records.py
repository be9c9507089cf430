"""The raw records behind events: the rows that connectors wrote, found by where they came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from observer.errors import WarehouseError
from observer.warehouse.identifiers import quoted
from observer.warehouse.incoming import RECORD_REF

if TYPE_CHECKING:
    from observer.warehouse.attachment import Attachment

_TABLES = """
    select tables.table_name
    from duckdb_tables() as tables
    inner join duckdb_columns() as columns using (database_name, schema_name, table_name)
    where tables.database_name = $1 and tables.schema_name = 'raw' and columns.column_name = $2
    order by all
"""


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One row of a raw table as it was collected."""

    table: str
    values: Mapping[str, object]


def raw_records(
    attachment: Attachment, references: Sequence[str], *, memory_limit: str
) -> dict[str, tuple[RawRecord, ...]]:
    """The rows of all raw tables that came from these records, by record reference; none where nothing has it.

    WarehouseError where the lake cannot be read.
    """
    found: dict[str, list[RawRecord]] = {reference: [] for reference in references}
    with duckdb.connect(config={"memory_limit": memory_limit, "threads": 2}) as connection:
        try:
            attachment.attach(connection, read_only=True)
            tables = connection.execute(_TABLES, [attachment.alias, RECORD_REF]).fetchall()
            for (table,) in tables:
                rows = connection.execute(
                    f"from raw.{quoted(table)} where {quoted(RECORD_REF)} in (select unnest($1::varchar[]))",
                    [list(found)],
                ).fetch_arrow_table()
                for row in rows.to_pylist():
                    found[row[RECORD_REF]].append(RawRecord(table, row))
        except duckdb.Error as error:
            raise WarehouseError(f"the warehouse cannot be read: {error}", hint="run `observer build` first") from error
    return {reference: tuple(records) for reference, records in found.items()}
