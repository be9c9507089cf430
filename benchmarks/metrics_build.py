"""Metrics: a full build of every metric's series by the models, against plain DuckDB SQL for the same rows.

Generated events (OBSERVER_BENCH_EVENTS, 1,000,000 by default), 2,000 for each project, over ten years. Somebody's
day on a repository has five events on average. Repositories are drawn so that one per cent of them has 12 % of the
events and ten per cent 35 %, as measured on two hours of GH Archive; there are 15,000 at 20 million events, in 10,000
projects and 40 collections. Three per cent of the people are bots, one per cent agents; one in ten belongs to one of
200 organizations.

Both sides read the same daily events of one DuckDB file and write every value of `timeseries_metrics` and
`timeseries_metrics_by_class` into another. The peer stores the days of an entity together, joins them with the buckets
that they are in and groups: one statement for each metric, without runs, steps or thresholds shared between metrics.
Kind `latest` is a range join; kind `sql` is the metric's own query over plain views.

CPU seconds of the statements alone, each side in a process of its own with two threads; peak memory is that of the
whole process. `OBSERVER_BENCH_MEMORY` is DuckDB's limit, 3GB by default; the peer, which holds the groups of everything
at once and fails with as little at 20 million events, has `OBSERVER_BENCH_PEER_MEMORY`, 12GB by default.
`OBSERVER_BENCH_PROJECTS` sets the number of projects, for instance 10,000 for 100 million events, too.

The models are built as of the day before the last one, whole; then the last day is added, which only continues the
tables. Either ends with what DuckDB has to write into its file, which happens in the middle as often as it likes
while the tables are built, and not at all while a day is added. The same again over half of the history, with as many
projects and events a day: does a new day cost more the longer the history is?

Equality: every value of both tables as of the last day, sums and ratios to 1e-9. Pass marks: 1.5 times the CPU of the
peer, 4 GB, a new day 5 % of a whole build, and at most 15 % more than over half of the history.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from observer.metrics import Catalogue, load_metrics

if TYPE_CHECKING:
    from tests.unit.metrics.metric_models import MetricModels

    from observer.model.metric import MetricDefinition

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2024, 12, 31)
DAYS = 3650
CPU_MARK = 1.5
MEMORY_MARK = 4000
DAY_MARK = 0.05
HISTORY_MARK = 1.15
EVENTS_A_PROJECT = 2000
WINDOWS = {"rolling_30_days": 30, "rolling_90_days": 90, "rolling_180_days": 180}


def main() -> int:
    """Prints CPU, memory and ratio; 1 if a value differs or a mark is missed."""
    events = int(os.environ.get("OBSERVER_BENCH_EVENTS", "1000000"))
    base = os.environ.get("OBSERVER_BENCH_FOLDER")
    with tempfile.TemporaryDirectory(prefix="observer-bench-", dir=base) as name:
        folder = Path(name)
        _process("generate", folder, events, DAYS)
        ours = _process("models", folder, events, DAYS)
        peer = _process("plain_sql", folder, events, DAYS)
        unequal = _compare(folder)
    with tempfile.TemporaryDirectory(prefix="observer-bench-", dir=base) as name:
        _process("generate", Path(name), events // 2, DAYS // 2)
        half = _process("models", Path(name), events // 2, DAYS // 2)
    ratio, day = ours["cpu"] / peer["cpu"], ours["day"] / ours["cpu"]
    history = ours["day"] / half["day"]
    for label, told in (("models", ours), ("plain SQL", peer), ("half of it", half)):
        print(f"{label:10s}{told['cpu']:9.1f} CPU s{told['wall']:9.1f} s", end="")
        print(f"{told['memory']:8.0f} MB{told['rows']:14,.0f} values{told['day']:9.1f} CPU s for a new day")
    print(
        f"ratio {ratio:.2f} (mark {CPU_MARK}), {ours['memory']:.0f} MB (mark {MEMORY_MARK}), {unequal} unequal values"
    )
    print(f"a new day: {day:.1%} (mark {DAY_MARK:.0%}), {history:.2f} of that over half of it (mark {HISTORY_MARK})")
    missed = ratio > CPU_MARK or ours["memory"] > MEMORY_MARK or day > DAY_MARK or history > HISTORY_MARK
    return int(unequal > 0 or missed)


def _process(role: str, folder: Path, events: int, days: int) -> dict[str, float]:
    """Runs one side in a process of its own: CPU seconds, seconds, megabytes and values."""
    command = [sys.executable, "-m", "benchmarks.metrics_build", role, str(folder), str(events), str(days)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
    told: dict[str, float] = json.loads(output.splitlines()[-1])
    return told


def _run(role: str, folder: Path, events: int, days: int) -> dict[str, float]:
    if role == "generate":
        generate(folder, events, days)
        return {}
    catalogue = load_metrics(ROOT / "metrics")
    con = _connect(folder, role)
    day, started = 0.0, time.perf_counter()
    if role == "models":
        models = _models(folder, catalogue)
        cpu = _timed(con, role, models.statements(AS_OF - timedelta(days=1), con))
        # What the whole build left to be written is no work of the day after, which writes its own at its end.
        cpu += _timed(con, role, [("checkpoint", "checkpoint")])
        con.execute("set checkpoint_threshold = '1TB'")
        day = _timed(con, "new day", models.statements(AS_OF, con, AS_OF))
        day += _timed(con, "new day", [("checkpoint", "checkpoint")])
        cpu += _timed(con, role, [("values_told", _VALUES)])
    else:
        cpu = _timed(con, role, _plain_sql(catalogue, days))
    wall = time.perf_counter() - started
    row = con.execute("select count(*) from values_told").fetchone()
    con.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": cpu, "wall": wall, "memory": memory, "rows": row[0] if row else 0, "day": day}


def _timed(con: duckdb.DuckDBPyConnection, role: str, statements: Iterable[tuple[str, str]]) -> float:
    """CPU seconds of some statements."""
    cpu = time.process_time()
    for name, sql in statements:
        before = time.process_time()
        con.execute(sql)
        if os.environ.get("OBSERVER_BENCH_STEPS"):
            print(f"{role} {name:40s}{time.process_time() - before:9.2f}", file=sys.stderr, flush=True)
    return time.process_time() - cpu


def _connect(folder: Path, name: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(
        config={
            "memory_limit": _memory_limit(name),
            "threads": 2,
            "temp_directory": str(folder / f"{name}.tmp"),
            "preserve_insertion_order": False,
        }
    )
    con.execute(f"attach '{folder / 'given.duckdb'}' as given (read_only)")
    con.execute(f"attach '{folder / name}.duckdb' as small")
    con.execute("use small")
    for schema in ("raw", "intermediate", "marts"):
        con.execute(f"create schema {schema}")
    tables = con.execute("select schema_name, table_name from duckdb_tables() where database_name = 'given'").fetchall()
    for schema, table in tables:
        con.execute(f"create view {schema}.{table} as from given.{schema}.{table}")
    return con


def _memory_limit(name: str) -> str:
    if name == "plain_sql":
        return os.environ.get("OBSERVER_BENCH_PEER_MEMORY", "12GB")
    return os.environ.get("OBSERVER_BENCH_MEMORY", "3GB")


_LEFT_OUT = ("int_metrics__coverage", "int_metrics__artifact_coverage")
_SERIES = ("timeseries_metrics", "timeseries_metrics_by_class")
_VALUES = """create table values_told as
    select metric_name, '' as user_class, entity_type, entity_id, grain, bucket, amount
    from marts.timeseries_metrics
    union all
    select metric_name, user_class, entity_type, entity_id, grain, bucket, amount
    from marts.timeseries_metrics_by_class"""


def _models(folder: Path, catalogue: Catalogue) -> MetricModels:
    """The models of the series."""
    from tests.unit.metrics.metric_models import compile_models

    compiled = compile_models(folder / "dbt", catalogue)
    names = [model.relation.partition(".")[2] for model in compiled.models]
    wanted = {name for name in names if name.startswith("int_metrics__") or name in _SERIES} - set(_LEFT_OUT)
    return replace(compiled, models=tuple(m for m in compiled.models if m.relation.partition(".")[2] in wanted))


def _plain_sql(catalogue: Catalogue, days: int) -> Iterator[tuple[str, str]]:
    yield from _BASE.items()
    yield "ends", _ENDS.format(days=days)
    yield "days_in_buckets", _bucket_days()
    yield from _FOR_QUERIES.items()
    columns = "metric varchar, class varchar, entity integer, grain varchar, bucket date, v double"
    yield "series", f"create table series ({columns})"
    metrics = sorted(catalogue, key=lambda metric: metric.kind == "ratio")
    for metric in metrics:
        for sql in _METRIC[metric.kind.value](metric):
            yield metric.name, sql
    yield (
        "values_told",
        """create table values_told as
        select metric as metric_name, class as user_class, entity_type, entity_id, grain, bucket, v as amount
        from series join entities using (entity)""",
    )


_BASE = {
    "entities": """create table entities as
        select row_number() over ()::integer as entity, entity_type, entity_id from (
            select 'artifact' as entity_type, artifact_id as entity_id from marts.artifacts
            union select entity_type, entity_id from intermediate.int_artifacts_by_entity)""",
    "people": """create table people as
        select row_number() over ()::integer as person, user_id, user_class from intermediate.int_users""",
    "members": """create table members as
        select person, organization_name from intermediate.int_affiliations join people using (user_id)""",
    "daily": """create table daily as
        with links as (
            select entity, l.artifact_id from intermediate.int_artifacts_by_entity as l
            join entities using (entity_type, entity_id)
            union all
            select entity, entity_id from entities where entity_type = 'artifact')
        select entity, event_type, person, coalesce(user_class, 'unknown') as class, bucket_day as day,
            sum(amount) as amount
        from intermediate.int_events_daily as e
        join links on artifact_id = to_artifact_id
        left join people on user_id = from_artifact_id
        group by all order by entity, day""",
    "type_days": """create table type_days as
        select entity, event_type, class, day, sum(amount) as amount from daily group by all""",
}
_ENDS = f"""create table ends as
    select day::date as day from generate_series(date '{AS_OF}' - {{days}}, date '{AS_OF}', interval 1 day) as s(day)
    where day >= (select min(day) from daily) and (day = last_day(day) or day > date '{AS_OF}' - 90)"""


# What metrics of kind sql may read besides events and the days of buckets.
_FOR_QUERIES = {
    "spans": f"""create table spans as
        with buckets as (select distinct grain, bucket from days_in_buckets),
        days as (
            select grain, bucket,
                case
                    when grain like 'rolling%' then bucket - split_part(grain, '_', 2)::integer + 1
                    when grain = 'all' then (select min(day) from daily)
                    else bucket
                end as first_day,
                case
                    when grain like 'rolling%' or grain = 'all' then bucket
                    when grain = 'week' then bucket + 6
                    when grain = 'day' then bucket
                    when grain = 'month' then last_day(bucket)
                    when grain = 'quarter' then (bucket + interval 3 month)::date - 1
                    else (bucket + interval 1 year)::date - 1
                end as last_day
            from buckets)
        select row_number() over ()::integer as bucket_key, grain, bucket, first_day,
            least(last_day, date '{AS_OF}') as last_day,
            first_day - (least(last_day, date '{AS_OF}') - first_day + 1)::integer as first_day_before,
            least(last_day, date '{AS_OF}') - date '1970-01-01' as last_day_number
        from days""",
    "entity_types": "create view entity_types as select entity as entity_key, entity_type from entities",
    "entity_parts": """create view entity_parts as
        select e.entity as entity_key, a.entity as part_key
        from intermediate.int_artifacts_by_entity as l
        join entities as e using (entity_type, entity_id)
        join entities as a on a.entity_type = 'artifact' and a.entity_id = l.artifact_id
        union all select entity, entity from entities where entity_type = 'artifact'""",
    "items": """create view items as
        select 1 as entity_key, 'issue' as item_kind, date '2000-01-01' as opened_day, 0 as opened_day_number,
            date '2000-01-01' as responded_day, 0 as response_seconds, date '2000-01-01' as merged_day,
            0 as merge_seconds, date '2000-01-01' as closed_day, 0 as close_seconds, false as is_merged_by_author
        where false""",
}


def _bucket_days() -> str:
    parts = [
        f"select day, '{grain}' as grain, date_trunc('{grain}', day)::date as bucket from days"
        for grain in ("day", "week", "month", "quarter", "year")
    ]
    parts += [
        f"select d.day, '{grain}', e.day from days as d join ends as e on e.day between d.day and d.day + {length - 1}"
        for grain, length in WINDOWS.items()
    ]
    parts.append(f"select day, 'all', date '{AS_OF}' from days")
    return f"create table days_in_buckets as with days as (select distinct day from daily) {' union all '.join(parts)}"


def _list(values: object) -> str:
    return ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]


def _grains(metric: MetricDefinition) -> str:
    return _list(grain.value for grain in metric.grains)


def _types(metric: MetricDefinition) -> str:
    return _list(event.value for event in metric.events)


def _counted(metric: MetricDefinition) -> list[tuple[str, str, str]]:
    """Class of the value, condition on the class of the sender, for the metric itself and for each class alone."""
    own = f"class in ({_list(each.value for each in metric.classes)})"
    return [("''", own, "1"), ("class", "class <> 'person'", "class")]


def _sum(metric: MetricDefinition) -> Iterator[str]:
    for label, condition, group in _counted(metric):
        yield f"""insert into series
            select '{metric.name}', {label}, entity, grain, bucket, sum(amount) as total
            from type_days join days_in_buckets using (day)
            where event_type in ({_types(metric)}) and {condition} and grain in ({_grains(metric)})
                and amount is not null
            group by entity, grain, bucket, {group if group != "1" else "2"} having total <> 0"""


def _distinct(metric: MetricDefinition) -> Iterator[str]:
    activity = metric.activity
    assert activity is not None
    bounds = {grain.value: activity.bounds(grain) for grain in metric.grains}
    low = " ".join(f"when '{grain}' then {bound[0]}" for grain, bound in bounds.items())
    high = " ".join(f"when '{grain}' then {bound[1] or 1_000_000}" for grain, bound in bounds.items())
    yield f"""create or replace temp table active as
        select entity, person, class, day, min(day) over (partition by entity, person) as first_day
        from (select distinct entity, person, class, day from daily
              where event_type in ({_types(metric)}) and person is not null)"""
    for label, condition, group in _counted(metric):
        first = "where day = first_day" if metric.is_first_only else ""
        yield f"""insert into series
            select '{metric.name}', {label}, entity, grain, bucket, count(*)
            from (
                select entity, person, class, grain, bucket, count(*) as active_days
                from (from active {first}) join days_in_buckets using (day)
                where {condition} and grain in ({_grains(metric)})
                group by all)
            where active_days between case grain {low} end and case grain {high} end
            group by entity, grain, bucket, {group if group != "1" else "2"}"""


def _latest(metric: MetricDefinition) -> Iterator[str]:
    yield f"""insert into series
        with seen as (
            select entity_id as artifact, event_type, day, max(amount) as amount
            from type_days join entities using (entity)
            where entity_type = 'artifact' and event_type in ({_types(metric)}) group by all),
        spans as (
            select *, lead(day) over (partition by artifact, event_type order by day) as next_day from seen),
        points as (
            select distinct grain, bucket, case grain when 'month' then last_day(bucket)
                when 'quarter' then (bucket + interval 3 month)::date - 1
                when 'year' then (bucket + interval 1 year)::date - 1
                else bucket end as last
            from days_in_buckets where grain in ({_grains(metric)})),
        links as (
            select entity, l.artifact_id from intermediate.int_artifacts_by_entity as l
            join entities using (entity_type, entity_id)
            union all select entity, entity_id from entities where entity_type = 'artifact')
        select '{metric.name}', '', entity, grain, bucket, sum(amount) as total
        from points join spans on least(last, date '{AS_OF}') >= day
            and least(last, date '{AS_OF}') < coalesce(next_day, date '9999-01-01')
        join links on artifact_id = artifact
        group by entity, grain, bucket"""


def _ratio(metric: MetricDefinition) -> Iterator[str]:
    yield f"""insert into series
        select '{metric.name}', '', d.entity, d.grain, d.bucket, coalesce(n.v, 0) / d.v
        from series as d left join series as n on n.metric = '{metric.numerator}' and n.class = ''
            and n.entity = d.entity and n.grain = d.grain and n.bucket = d.bucket
        where d.metric = '{metric.denominator}' and d.class = '' and d.grain in ({_grains(metric)})"""


_MEMBERSHIP = (
    ", organization_name, case when organization_name is null then 'unknown' else 'organization' end as affiliation",
    "left join members using (person)",
)


def _by_query(metric: MetricDefinition) -> Iterator[str]:
    """The metric's own query over plain views with the columns that it may read."""
    classes = _list(user_class.value for user_class in metric.classes)
    columns, join = _MEMBERSHIP if "affiliation" in str(metric.sql) else ("", "")
    yield f"""create or replace temp view events as
        select entity as entity_key, event_type, person as user_key, class as user_class, day,
            day - date '1970-01-01' as day_number, amount {columns}
        from daily {join}
        where event_type in ({_types(metric)}) and class in ({classes})"""
    yield f"""create or replace temp view bucket_days as
        select *, day - date '1970-01-01' as day_number
        from (
            select unnest(generate_series(first_day, last_day, interval 1 day))::date as day, bucket_key, first_day,
                last_day, first_day_before, last_day_number
            from spans where grain in ({_grains(metric)}))"""
    people_types = _list(event.value for event in metric.people_events)
    yield f"""create or replace temp view people_by_amount as
        select entity_key, bucket_key, amount, count(*) as person_count
        from (
            select entity_key, bucket_key, user_key, sum(amount) as amount
            from events join bucket_days using (day)
            where user_key is not null and event_type in ({people_types})
            group by all)
        group by all"""
    yield f"""insert into series
        select '{metric.name}', '', entity_key, grain, bucket, amount
        from ({metric.sql}) join spans using (bucket_key)
        where amount <> 0 or {str(metric.absent.value != "zero").lower()}"""


_METRIC = {"sum": _sum, "distinct": _distinct, "latest": _latest, "ratio": _ratio, "sql": _by_query}


_UNEQUAL = """
    with ours as (select * from ours.values_told where metric_name = $metric),
    peer as (select * from peer.values_told where metric_name = $metric)
    select $metric, user_class, grain, count(*), any_value((entity_id, bucket, ours.amount, peer.amount))
    from ours full join peer using (user_class, entity_type, entity_id, grain, bucket)
    where ours.amount is null or peer.amount is null
        or abs(ours.amount - peer.amount) > 1e-9 * greatest(1, abs(peer.amount))
    group by all order by 4 desc"""


def _compare(folder: Path) -> int:
    """Values of one side that the other does not have, or has otherwise."""
    config = {"memory_limit": "4GB", "threads": 2, "temp_directory": str(folder / "compare.tmp")}
    with duckdb.connect(config=config) as con:
        con.execute(f"attach '{folder / 'models.duckdb'}' as ours (read_only)")
        con.execute(f"attach '{folder / 'plain_sql.duckdb'}' as peer (read_only)")
        names = con.execute(
            "select metric_name from ours.values_told union select metric_name from peer.values_told order by all"
        ).fetchall()
        # Metric by metric: all values at once would not fit on many a disk.
        rows = [row for (name,) in names for row in con.execute(_UNEQUAL, {"metric": name}).fetchall()]
    for row in rows[:10]:
        print("unequal:", *row, file=sys.stderr)
    return sum(row[3] for row in rows)


def generate(folder: Path, events: int, days: int) -> None:
    """Writes the tables that the metric models read into one DuckDB file."""
    from tests.unit.metrics.metric_models import FACT_HASH, ITEMS, write_table

    from observer.metrics import definition_rows

    # Half of the history is of as many projects.
    projects = int(os.environ.get("OBSERVER_BENCH_PROJECTS") or max(40, events * DAYS // days // EVENTS_A_PROJECT))
    repositories = projects * 3 // 2
    with duckdb.connect(str(folder / "given.duckdb"), config={"memory_limit": "3GB", "threads": 2}) as con:
        con.execute(f"set temp_directory = '{folder / 'generate.tmp'}'")
        for schema in ("raw", "intermediate", "marts"):
            con.execute(f"create schema {schema}")
        con.execute("create macro drawn(n, k) as (hash(hash(n) + k * 7919) >> 11) / 9007199254740992.0")
        con.execute("create macro id_of(kind, n) as sha256(kind || n)")
        numbers = {"days": days, "as_of": AS_OF, "sessions": events // 5, "repositories": repositories}
        con.execute(_EVENTS.format(**numbers, fact_hash=FACT_HASH))
        for sql in _OTHERS:
            con.execute(sql.format(days=days, as_of=AS_OF, projects=projects, repositories=repositories))
        write_table(con, "intermediate.int_items", ITEMS.empty_table())
        con.register("definitions", definition_rows(load_metrics(ROOT / "metrics")))
        con.execute("create table raw.metrics__definitions as from definitions")


# Somebody's day on a repository, then its events; activity grows over the years.
_EVENTS = """
create table intermediate.int_events_daily as
with sessions as (
    select
        n as session,
        cast(floor({repositories} * power(drawn(n, 1), 2.2)) as integer) as repository,
        cast(date '{as_of}' - cast(floor({days} * (1 - power(drawn(n, 2), 0.7))) as integer) as date) as day,
        power(drawn(n, 3), 2.2) as rank,
        cast(ceil(-5 * ln(1 - drawn(n, 4) * 0.9999)) as integer) as size,
    from range({sessions}) as r(n)
),
events as (
    select
        s.*,
        drawn(session * 64 + k, 5) as kind,
        -- Teams change every two years.
        hash(repository, floor(rank * (4 + 200000 / (repository + 3000))), year(day) // 2) % 2000000 as person,
    from sessions as s cross join unnest(range(least(size, 60))) as e(k)
),
typed as (
    select *, case
        when kind < .48 then 'COMMIT_CODE' when kind < .485 then 'AGENT_ASSISTED_COMMIT'
        when kind < .53 then 'ISSUE_OPENED' when kind < .57 then 'ISSUE_CLOSED'
        when kind < .70 then 'ISSUE_COMMENT' when kind < .76 then 'PULL_REQUEST_OPENED'
        when kind < .81 then 'PULL_REQUEST_CLOSED' when kind < .85 then 'PULL_REQUEST_MERGED'
        when kind < .88 then 'PULL_REQUEST_REVIEW' when kind < .91 then 'PULL_REQUEST_REVIEW_COMMENT'
        when kind < .97 then 'STARRED' when kind < .99 then 'FORKED' when kind < .993 then 'RELEASE_PUBLISHED'
        else 'STAR_COUNT' end as event_type,
    from events
)
select *, {fact_hash} as fact_hash
from (
    select
        day as bucket_day,
        event_type,
        case when kind < .485 then 'GIT' else 'GITHUB' end as event_source,
        id_of('repository', repository) as to_artifact_id,
        case when event_type <> 'STAR_COUNT' then id_of('person', person) end as from_artifact_id,
        'archive' as basis,
        cast(sum(case when event_type = 'STAR_COUNT' then 100 + year(day) else 1 end) as double) as amount,
        count(*) as event_count,
    from typed
    group by all)
-- As they come, day after day.
order by bucket_day
"""
_OTHERS = (
    """create table intermediate.int_users as
    select from_artifact_id as user_id, case when hash(from_artifact_id) % 100 < 3 then 'bot'
        when hash(from_artifact_id) % 100 < 4 then 'agent' else 'person' end as user_class
    from intermediate.int_events_daily where from_artifact_id is not null group by all""",
    # One in ten belongs to an organization.
    """create table intermediate.int_affiliations as
    select user_id, date '1900-01-01' as start_date, null::date as end_date,
        'organization ' || hash(user_id) // 10 % 200 as organization_name, false as is_independent
    from intermediate.int_users where hash(user_id) % 10 = 7""",
    """create table marts.artifacts as
    select id_of('repository', n) as artifact_id, 'REPOSITORY' as artifact_type, 'GITHUB' as artifact_source
    from range({repositories}) as r(n)""",
    "create table marts.projects as select id_of('project', n) as project_id from range({projects}) as r(n)",
    "create table marts.collections as select id_of('collection', n) as collection_id from range(40) as r(n)",
    """create table intermediate.int_artifacts_by_entity as
    select 'project' as entity_type, id_of('project', n % {projects}) as entity_id,
        id_of('repository', n) as artifact_id
    from range({repositories}) as r(n)
    union all
    select 'collection', id_of('collection', (n % {projects}) % 40), id_of('repository', n)
    from range({repositories}) as r(n)""",
    """create table intermediate.int_coverage as
    select artifact_id, event_source, event_type, date '{as_of}' - {days} as start_date, date '{as_of}' as end_date,
        1::bigint as expected_count, 1::bigint as seen_count, 'complete' as state, 'archive' as basis
    from marts.artifacts
    cross join (select distinct event_source, event_type from intermediate.int_events_daily)""",
)


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
