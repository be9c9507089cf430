"""Recomputes every metric the slow and plain way and says where the published values differ.

Written apart from the models: it looks at every bucket and every window by itself and counts what lies in it. It reads
the inputs of the metric models (`intermediate.int_events_daily`, `int_users`, `int_artifacts_by_entity`,
`int_coverage`, `marts.artifacts`, `projects`, `collections`, `raw.metrics__definitions`) and compares with
`marts.timeseries_metrics` and `marts.key_metrics`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pyarrow as pa
from tests.unit.metrics.brute_force_chain import NAMES as CHAIN_METRICS
from tests.unit.metrics.brute_force_chain import Rows
from tests.unit.metrics.brute_force_chain import recount as recount_chain
from tests.unit.metrics.brute_force_coverage import ROLLING, SHOWN, compare_key_metrics
from tests.unit.metrics.brute_force_items import NAMES as ITEM_METRICS
from tests.unit.metrics.brute_force_items import recount as recount_items
from tests.unit.metrics.brute_force_organizations import NAMES as ORGANIZATION_METRICS
from tests.unit.metrics.brute_force_organizations import recount as recount_organizations
from tests.unit.metrics.brute_force_people import NAMES as PEOPLE_METRICS
from tests.unit.metrics.brute_force_people import recount as recount_people

LENGTHS = {"month": 30, "quarter": 90, "year": 360, **ROLLING}
KEY = "metric_name, entity_type, entity_id, grain, bucket"


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    kind: str
    event_types: list[str]
    grains: list[str]
    at_least: int | None
    at_most: int | None
    first_only: bool
    numerator: str | None
    denominator: str | None
    classes: list[str]
    absent: str

    def bounds(self, grain: str) -> tuple[int, int]:
        low, high = self.at_least or 1, self.at_most
        length = LENGTHS.get(grain, 30)
        least = 1 if low == 1 else math.ceil(low * length / 30)
        most = 10**9 if high is None else math.ceil((high + 1) * length / 30) - 1
        return least, most


def compare(con: duckdb.DuckDBPyConnection, as_of: date, *, entities: int | None = None) -> list[str]:
    """Differences between the published metrics and a recount, as sentences; empty where all are equal.

    `entities` checks so many of them, those with events first. Values are equal up to a part in 10^12, which
    leaves no room for whole numbers.
    """
    definitions = recount(con, as_of, entities=entities)
    found = differences(con, definitions, as_of)
    for table in ("bf_links", "bf_events", "bf_buckets", "bf_hits", "bf_by_class", "bf_expected"):
        con.execute(f"drop table if exists temp.{table}")
    return found


def recount(con: duckdb.DuckDBPyConnection, as_of: date, *, entities: int | None = None) -> list[Definition]:
    """Counts everything into temporary tables, from which `differences` may then compare several times."""
    definitions = list(read_definitions(con))
    _prepare(con, as_of, entities)
    _count_by_class(con, definitions)
    for definition in sorted(definitions, key=lambda d: d.kind == "ratio"):
        _RECOUNT[definition.kind](con, definition)
    return definitions


def differences(con: duckdb.DuckDBPyConnection, definitions: Sequence[Definition], as_of: date) -> list[str]:
    """What is published otherwise than it was recounted, as sentences."""
    return [*_compare_series(con), *compare_key_metrics(con, definitions, as_of), *_compare_classes(con)]


def read_definitions(con: duckdb.DuckDBPyConnection) -> Iterator[Definition]:
    rows = con.execute(
        "select metric_name, kind, event_types, grains, min_active_days, max_active_days, is_first_only, "
        "numerator, denominator, user_classes, absent from raw.metrics__definitions order by metric_name"
    ).fetchall()
    for row in rows:
        yield Definition(*row)


def _prepare(con: duckdb.DuckDBPyConnection, as_of: date, entities: int | None) -> None:
    con.execute(
        f"""
        create or replace temp table bf_links as
        with links as (
            select entity_type, entity_id, artifact_id from intermediate.int_artifacts_by_entity
            union select 'artifact', artifact_id, artifact_id from marts.artifacts where artifact_type = 'REPOSITORY'
            union select 'artifact', entity_id, entity_id from intermediate.int_artifacts_by_entity
                where entity_type = 'artifact'
            union select 'project', project_id, null from marts.projects
            union select 'collection', collection_id, null from marts.collections
        ),
        active as (select distinct to_artifact_id from intermediate.int_events_daily),
        chosen as (
            select l.entity_type, l.entity_id from links l left join active a on a.to_artifact_id = l.artifact_id
            group by l.entity_type, l.entity_id
            order by count(a.to_artifact_id) = 0, md5(l.entity_type || l.entity_id)
            {"" if entities is None else f"limit {entities}"}
        )
        select links.* from links semi join chosen using (entity_type, entity_id)
        """
    )
    con.execute(
        """
        create or replace temp table bf_events as
        select l.entity_type, l.entity_id, e.to_artifact_id as artifact, e.event_type, e.bucket_day as day,
            e.from_artifact_id as person, e.amount,
            case when e.from_artifact_id is null then 'unknown' else coalesce(u.user_class, 'person') end as user_class
        from intermediate.int_events_daily e join bf_links l on l.artifact_id = e.to_artifact_id
        left join intermediate.int_users u on u.user_id = e.from_artifact_id
        where e.bucket_day <= $1
        """,
        [as_of],
    )
    first = con.execute("select min(bucket_day) from intermediate.int_events_daily").fetchone()[0]
    rows = list(buckets(first, as_of)) if first and first <= as_of else []
    names = ("grain", "bucket", "first_day", "last_day")
    schema = pa.schema([("grain", pa.string()), *((name, pa.date32()) for name in names[1:])])
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=schema)
    con.register("bf_given", table)
    con.execute("create or replace temp table bf_buckets as select * from bf_given")
    con.unregister("bf_given")
    con.execute(
        "create or replace temp table bf_hits as select e.*, b.grain, b.bucket, b.first_day, b.last_day "
        "from bf_events e join bf_buckets b on e.day between b.first_day and b.last_day"
    )
    con.execute(
        "create or replace temp table bf_expected (metric_name varchar, entity_type varchar, entity_id varchar, "
        "grain varchar, bucket date, amount double)"
    )


def buckets(first: date, as_of: date) -> Iterator[tuple[str, date, date, date]]:
    """Every bucket that has a day from `first` to `as_of`: grain, name, first and last day.

    Rolling windows are those that end on one of the last 90 days or with a month.
    """
    seen: set[tuple[str, date]] = set()
    day = first
    while day <= as_of:
        quarter = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
        starts = {
            "day": (day, day),
            "week": (day - timedelta(days=day.weekday()), day + timedelta(days=6 - day.weekday())),
            "month": (day.replace(day=1), _month_end(day)),
            "quarter": (quarter, _month_end(date(quarter.year, quarter.month + 2, 1))),
            "year": (date(day.year, 1, 1), date(day.year, 12, 31)),
        }
        for grain, (start, end) in starts.items():
            if (grain, start) not in seen:
                seen.add((grain, start))
                yield grain, start, start, min(end, as_of)
        if day == _month_end(day) or (as_of - day).days < 90:
            for grain, length in ROLLING.items():
                yield grain, day, day - timedelta(days=length - 1), day
        day += timedelta(days=1)
    yield "all", as_of, first, as_of


def _month_end(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)


def _texts(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _events(definition: Definition) -> str:
    return f"(select * from bf_events where {_is_counted(definition)})"


def _rows(definition: Definition) -> Rows:
    grains = _texts(definition.grains)
    hits = f"(select * from bf_hits where {_is_counted(definition)} and grain in ({grains}))"
    return Rows(_events(definition), hits, grains, _texts(definition.classes))


def _is_counted(definition: Definition) -> str:
    classes = _texts(definition.classes)
    return f"event_type in ({_texts(definition.event_types)}) and user_class in ({classes})"


def _count_by_class(con: duckdb.DuckDBPyConnection, definitions: Sequence[Definition]) -> None:
    """The values of all sums and numbers of people, of each class of sender alone."""
    rows = [
        (definition.name, definition.kind, event_type, grain, *definition.bounds(grain), definition.first_only)
        for definition in definitions
        if definition.kind in ("sum", "distinct")
        for event_type in definition.event_types
        for grain in definition.grains
    ]
    names = ("metric_name", "kind", "event_type", "grain", "least", "most", "first_only")
    con.register("bf_asked", pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]))
    people = "h.person is not null and (h.amount is null or h.amount <> 0)"
    con.execute(
        f"""
        create or replace temp table bf_by_class as
        select a.metric_name, h.entity_type, h.entity_id, h.grain, h.bucket, h.user_class, sum(h.amount) as amount
        from bf_hits h join bf_asked a using (event_type, grain)
        where a.kind = 'sum' and h.amount is not null
        group by all
        union all
        select metric_name, entity_type, entity_id, grain, bucket, user_class, count(*)
        from (
            select a.metric_name, h.entity_type, h.entity_id, h.grain, h.bucket, h.user_class, h.person,
                count(distinct h.day) as days, a.least, a.most
            from bf_hits h join bf_asked a using (event_type, grain)
            where a.kind = 'distinct' and not a.first_only and {people}
            group by all
        )
        where days between least and most
        group by all
        union all
        select f.metric_name, f.entity_type, f.entity_id, b.grain, b.bucket, f.user_class, count(*)
        from (
            select a.metric_name, h.entity_type, h.entity_id, h.user_class, h.person, min(h.day) as day
            from bf_events h join (select distinct metric_name, kind, event_type, first_only from bf_asked) a
                using (event_type)
            where a.kind = 'distinct' and a.first_only and {people}
            group by all
        ) f
        join (select distinct metric_name, grain from bf_asked) a using (metric_name)
        join bf_buckets b on b.grain = a.grain and f.day between b.first_day and b.last_day
        group by all
        """
    )
    con.unregister("bf_asked")


def _recount_counts(con: duckdb.DuckDBPyConnection, definition: Definition) -> None:
    """A person has one class, so that the numbers of the classes that count add up."""
    con.execute(
        f"""
        insert into bf_expected
        select metric_name, entity_type, entity_id, grain, bucket, sum(amount) from bf_by_class
        where metric_name = '{definition.name}' and user_class in ({_texts(definition.classes)})
        group by all having sum(amount) <> 0
        """
    )


def _recount_latest(con: duckdb.DuckDBPyConnection, definition: Definition) -> None:
    con.execute(
        f"""
        insert into bf_expected
        select '{definition.name}', entity_type, entity_id, grain, bucket, sum(amount)
        from (
            select e.entity_type, e.entity_id, b.grain, b.bucket, e.artifact, e.event_type,
                arg_max(e.amount, e.day) as amount
            from (
                select entity_type, entity_id, artifact, event_type, day, max(amount) as amount
                from {_events(definition)} where amount is not null group by all
            ) e join bf_buckets b on e.day <= b.last_day
            where b.grain in ({_texts(definition.grains)})
            group by all
        )
        group by all
        """
    )


def _recount_ratio(con: duckdb.DuckDBPyConnection, definition: Definition) -> None:
    con.execute(
        f"""
        insert into bf_expected
        select '{definition.name}', d.entity_type, d.entity_id, d.grain, d.bucket,
            coalesce((
                select n.amount from bf_expected n where n.metric_name = '{definition.numerator}'
                and n.entity_type = d.entity_type and n.entity_id = d.entity_id
                and n.grain = d.grain and n.bucket = d.bucket
            ), 0) / d.amount
        from bf_expected d
        where d.metric_name = '{definition.denominator}' and d.amount <> 0 and d.grain in ({_texts(definition.grains)})
        """
    )


def _recount_sql(con: duckdb.DuckDBPyConnection, definition: Definition) -> None:
    for names, values_of in _SQL_RECOUNTS:
        if definition.name in names:
            _expect(con, definition, values_of(con, definition.name, _rows(definition)))
            return
    raise NotImplementedError(f"nobody has written how to recount {definition.name}")


def _expect(
    con: duckdb.DuckDBPyConnection, definition: Definition, values: Iterable[tuple[tuple[object, ...], float]]
) -> None:
    """Takes values by entity type, entity, grain and bucket as those that are right."""
    names = ("metric_name", "entity_type", "entity_id", "grain", "bucket", "amount")
    counted = [dict(zip(names, (definition.name, *key, float(value)), strict=True)) for key, value in values]
    if counted:
        con.register("bf_given", pa.Table.from_pylist(counted))
        con.execute("insert into bf_expected by name select * from bf_given")
        con.unregister("bf_given")


_SQL_RECOUNTS = (
    (CHAIN_METRICS, recount_chain),
    (PEOPLE_METRICS, recount_people),
    (ITEM_METRICS, recount_items),
    (ORGANIZATION_METRICS, recount_organizations),
)
_RECOUNT = {
    "sum": _recount_counts,
    "distinct": _recount_counts,
    "latest": _recount_latest,
    "ratio": _recount_ratio,
    "sql": _recount_sql,
}


def _compare_series(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    rows = con.execute(
        f"""
        with chosen as (select distinct entity_type, entity_id from bf_links),
        given as (
            select {KEY}, amount from marts.timeseries_metrics semi join chosen using (entity_type, entity_id)
        ),
        recounted as (
            select * from bf_expected
            where amount <> 0 or metric_name in (
                select metric_name from raw.metrics__definitions
                where kind in ('ratio', 'latest') or (kind = 'sql' and absent = 'unknown')
            )
        )
        select {KEY}, given.amount, recounted.amount
        from given full join recounted using ({KEY})
        where given.amount is null or recounted.amount is null
            or abs(given.amount - recounted.amount) > 1e-12 * greatest(1, abs(recounted.amount))
        order by all
        """
    ).fetchall()
    yield from _sentences(rows, "timeseries_metrics")
    twice = con.execute(
        f"select {KEY}, count(*), 1 from marts.timeseries_metrics group by all having count(*) > 1 order by all"
    ).fetchall()
    yield from _sentences(twice, "timeseries_metrics, number of rows")


def _compare_classes(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Each class but persons, counted as if the metric counted it alone."""
    key = f"{KEY}, user_class"
    rows = con.execute(
        f"""
        with chosen as (select distinct entity_type, entity_id from bf_links),
        given as (
            select {key}, amount from marts.timeseries_metrics_by_class semi join chosen using (entity_type, entity_id)
        ),
        recounted as (select * from bf_by_class where user_class <> 'person' and amount <> 0)
        select {key}, given.amount, recounted.amount from given full join recounted using ({key})
        where given.amount is null or recounted.amount is null
            or abs(given.amount - recounted.amount) > 1e-12 * greatest(1, abs(recounted.amount))
        order by all
        """
    ).fetchall()
    yield from _sentences(rows, "timeseries_metrics_by_class")


def _sentences(rows: list[tuple[object, ...]], table: str) -> Iterator[str]:
    for *key, given, recounted in rows[:SHOWN]:
        yield f"{table}: {' '.join(map(str, key))}: is {given}, recounted {recounted}"
    if len(rows) > SHOWN:
        yield f"{table}: showing {SHOWN} of {len(rows)}"
