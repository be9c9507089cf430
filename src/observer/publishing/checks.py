"""Contract checks: what must hold in every release. One SELECT each, over the tables as views."""

# ruff: noqa: S608 - names and values come from the declarations, quoted

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from observer.errors import BuildError
from observer.model.published import Table
from observer.publishing.engine import identifier, literal

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` selects the offending rows; none may exist."""

    table: str
    what: str
    sql: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed: how many rows, and the first of them."""

    check: Check
    rows: int
    sample: tuple[str, ...]

    def __str__(self) -> str:
        shown = "; ".join(self.sample)
        more = f" and {self.rows - len(self.sample)} more" if self.rows > len(self.sample) else ""
        return f"{self.check.table}: {self.check.what}: {shown}{more}"


def check_contract(engine: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> None:
    """Returns if all checks hold; else a BuildError that names every failed one with its first rows."""
    failures = [failure for check in contract_checks(tables) if (failure := _run(engine, check))]
    if failures:
        raise BuildError(
            "the tables break their contract, nothing is published:\n" + "\n".join(str(f) for f in failures),
            hint="the last release stays; correct the model or the data and build again",
        )


def contract_checks(tables: Sequence[Table]) -> Iterator[Check]:
    """Every check of the given tables: those that the declarations imply, then those on meaning."""
    for table in tables:
        yield from _declared(table)
    names = {table.name for table in tables}
    for needs, check in _MEANING:
        if names.issuperset(needs):
            yield check


def _declared(table: Table) -> Iterator[Check]:
    name = identifier(table.name)
    key = ", ".join(identifier(column) for column in table.key)
    if table.min_rows:
        yield Check(
            table.name,
            f"must have at least {table.min_rows} row{'' if table.min_rows == 1 else 's'}",
            f"select count(*) as row_count from {name} having count(*) < {table.min_rows}",
        )
    required = [column.name for column in table.columns if not column.is_nullable]
    if required:
        empty = " or ".join(f"{identifier(column)} is null" for column in required)
        yield Check(table.name, "a required column is empty", f"select * from {name} where {empty}")
    if table.key:
        duplicate = f"select {key}, count(*) as row_count from {name} group by {key} having count(*) > 1"
        yield Check(table.name, f"({', '.join(table.key)}) is not unique", duplicate)
    for column in table.columns:
        if column.values:
            known = ", ".join(literal(value) for value in column.values)
            values = identifier(column.name)
            unknown = f"select distinct {values} from {name} where {values} not in ({known})"
            yield Check(table.name, f"'{column.name}' has a value that is not declared", unknown)
    for reference in table.references:
        source, target = identifier(reference.column), identifier(reference.target)
        orphans = (
            f"select distinct {source} from {name} anti join {identifier(reference.table)} "
            f"on {name}.{source} = {identifier(reference.table)}.{target} where {source} is not null"
        )
        yield Check(table.name, f"'{reference.column}' is not in {reference.table}", orphans)


_ENTITIES = (
    "select 'artifact' as entity_type, artifact_id as entity_id from artifacts union all "
    "select 'project', project_id from projects union all select 'collection', collection_id from collections"
)


def _orphans(table: str) -> str:
    return (
        f"select distinct entity_type, entity_id from {table} anti join ({_ENTITIES}) as entities "
        "using (entity_type, entity_id)"
    )


_DIRECTORY = {"artifacts", "projects", "collections"}
_MEANING: tuple[tuple[set[str], Check], ...] = (
    (
        {"events", "users"},
        Check(
            "events",
            "'from_artifact_id' is not in users",
            # Those who depend are packages and repositories, also such as no table lists.
            "select distinct from_artifact_id, event_type from events anti join users "
            "on events.from_artifact_id = users.user_id where from_artifact_id is not null "
            "and event_type not in ('ADD_DEPENDENCY', 'REMOVE_DEPENDENCY')",
        ),
    ),
    (
        {"timeseries_metrics"} | _DIRECTORY,
        Check("timeseries_metrics", "the entity does not exist", _orphans("timeseries_metrics")),
    ),
    ({"key_metrics"} | _DIRECTORY, Check("key_metrics", "the entity does not exist", _orphans("key_metrics"))),
    (
        {"key_metrics"},
        Check(
            "key_metrics",
            "all values must be of one day",
            "select distinct sample_date from key_metrics "
            "where sample_date <> (select max(sample_date) from key_metrics)",
        ),
    ),
    (
        {"key_metrics"},
        Check(
            "key_metrics",
            "amount and state disagree",
            "select entity_type, entity_id, metric_name, grain, amount, state, coverage_ratio from key_metrics where "
            "case state when 'unknown' then amount is not null "
            "when 'zero' then amount is distinct from 0 or coverage_ratio < 1 else amount is null end",
        ),
    ),
    (
        {"key_metrics"},
        Check(
            "key_metrics",
            "coverage_ratio is not within 0 and 1",
            "select entity_type, entity_id, metric_name, grain, coverage_ratio from key_metrics "
            "where not coverage_ratio between 0 and 1",
        ),
    ),
    (
        {"key_metrics", "timeseries_metrics"},
        Check(
            "timeseries_metrics",
            "a bucket begins after the day of the key metrics",
            "select metric_name, entity_id, grain, bucket from timeseries_metrics "
            "where bucket > (select max(sample_date) from key_metrics)",
        ),
    ),
    (
        {"coverage"},
        Check(
            "coverage",
            "a run of days ends before it starts",
            "select artifact_id, event_source, event_type, start_date, end_date from coverage "
            "where end_date < start_date",
        ),
    ),
    (
        {"coverage"},
        Check(
            "coverage",
            "runs of days overlap",
            "select artifact_id, event_source, event_type, start_date from (select *, lag(end_date) over ("
            "partition by artifact_id, event_source, event_type order by start_date) as previous_end from coverage) "
            "where previous_end >= start_date",
        ),
    ),
)


def _run(engine: duckdb.DuckDBPyConnection, check: Check) -> Failure | None:
    result = engine.execute(f"select *, count(*) over () from ({check.sql}) limit {SHOWN}")
    rows = result.fetchall()
    if not rows:
        return None
    names = [column[0] for column in result.description][:-1]
    sample = tuple(", ".join(f"{n}={v!r}" for n, v in zip(names, row, strict=False)) for row in rows)
    return Failure(check, int(rows[0][-1]), sample)
