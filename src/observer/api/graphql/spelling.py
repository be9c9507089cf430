"""How tables and columns are spelled: in our own words, which are Hasura's of 2024, and as in 2025."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import GraphQLScalarType

from observer.api.graphql import scalars
from observer.model.table import Column, ColumnType, Table

_VERSION = re.compile(r"_v\d+$")
# Wide tables of 2025, whose floating-point columns were narrow.
_NARROW = re.compile(r"^(code|onchain|funding)_metrics_by_|^timeseries_events_")
# Tables of 2025 whose order was an ...OrderByExp; of the others it was an ...OrderBy.
_ORDER_EXP = re.compile(
    r"^(artifacts_by_collection|artifacts_by_user|artifacts|contracts|key_metrics_by_\w+|models|package_owners"
    r"|repositories|sboms)_v\d+$"
)
# Keys by which 2025 looked up single rows, where they are not the key of the table.
_LOOKUPS = {
    "metrics_v0": ("metric_source", "metric_namespace", "metric_name"),
    "contracts_v0": ("deployment_date",),
    **{
        f"timeseries_metrics_by_{entity}_v0": ("metric_id", f"{entity}_id", "sample_date")
        for entity in ("artifact", "project", "collection")
    },
}
_EARLY = "early_2024__"
"""Begins the name of a view whose own name a published table has taken."""

# Names of columns of events in 2023.
_EVENTS = re.compile(r"^events_(daily|weekly|monthly)_(to|from)_(artifact|project|collection)$")
_FORMER_EVENTS = {
    "typeId": "event_type",
    "artifactId": "artifact_id",
    "projectId": "project_id",
    "collectionId": "collection_id",
    "bucketDaily": "bucket_day",
    "bucketWeekly": "bucket_week",
    "bucketMonthly": "bucket_month",
}


@dataclass(frozen=True, slots=True)
class Spelling:
    """The names that one table has in the schema; `fields` are its columns by the names of fields.

    `former` is the view that had the name in early 2024; its columns are fields too, but where ours has one of the
    same name.
    """

    table: Table
    former: Table | None
    root: str
    type_name: str
    condition: str
    order: str
    select: str
    by_key: str
    key: tuple[str, ...]
    aggregate: str
    fields: dict[str, Column]
    is_oso: bool

    def scalar(self, column: Column) -> GraphQLScalarType:
        """The scalar of a column in this generation."""
        if not self.is_oso:
            return scalars.HASURA[column.type]
        is_narrow = column.type is ColumnType.DOUBLE and _NARROW.match(self.table.name)
        return scalars.FLOAT32 if is_narrow else scalars.OSO[column.type]

    def field_of(self, column_name: str) -> str:
        """The name of the field of a column."""
        return camel(column_name) if self.is_oso else column_name


def spellings(tables: Sequence[Table]) -> Iterator[Spelling]:
    """All spellings of tables: versioned ones also have that of 2025."""
    former = {table.name.removeprefix(_EARLY): table for table in tables if table.name.startswith(_EARLY)}
    for table in tables:
        if not table.name.startswith(_EARLY):
            yield _plain(table, former.get(table.name))
        if _VERSION.search(table.name):
            yield _oso(table)


def camel(name: str) -> str:
    """A name in lower camel case: contributor_count_6_months is contributorCount6Months."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _plain(table: Table, former: Table | None) -> Spelling:
    name = table.name
    fields = {column.name: column for column in (*(former.columns if former else ()), *table.columns)}
    if _EVENTS.match(name):
        fields |= {old: fields[new] for old, new in _FORMER_EVENTS.items() if new in fields}
    return Spelling(
        table=table,
        former=former,
        root=name,
        type_name=name,
        condition=f"{name}_bool_exp",
        order=f"{name}_order_by",
        select=f"{name}_select_column",
        by_key=f"{name}_by_pk",
        key=table.key,
        aggregate=f"{name}_aggregate",
        fields=fields,
        is_oso=False,
    )


def _oso(table: Table) -> Spelling:
    root = camel(table.name)
    type_name = f"Oso_{root[:1].upper()}{root[1:]}"
    key = tuple(name for name in _LOOKUPS.get(table.name, table.key) if name in {c.name for c in table.columns})
    suffix = "".join(part[:1].upper() + part[1:] for part in map(camel, key))
    return Spelling(
        table=table,
        former=None,
        root=f"oso_{root}",
        type_name=type_name,
        condition=f"{type_name}BoolExp",
        order=f"{type_name}OrderBy" + ("Exp" if _ORDER_EXP.match(table.name) else ""),
        select=f"{type_name}Column",
        by_key=f"oso_{root}By{suffix}",
        key=key,
        aggregate=f"oso_{root}Aggregate",
        fields={camel(column.name): column for column in table.columns},
        is_oso=True,
    )
