"""`observer explain`: the value, the rows and the people behind it and the models it is made by, over many events.

A release of 2,000 events a project (OBSERVER_BENCH_EVENTS, 1,000,000 by default), one repository to a project and a
hundred projects to a collection, drawn so that of a million the largest project has 6 % and the largest collection
half; with the models of this checkout as they are published. A metric of each kind is explained for the largest and a
middle project and the largest collection, of one month and of all time.

Equality: the numbers of rows and of people, and the sum of the amounts, are those that DuckDB counts in the published
file; people where they are told, which is up to 50,000 events. Pass mark: 300 ms for the median of three, in this
process, from the question to the whole answer.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from observer.model.metric import Grain
from observer.model.published import Table
from observer.postgres import EmbeddedPostgres
from observer.publishing import publish
from observer.query.answers import Entity, Explanation
from observer.query.read_model import ReadModel
from observer.query.reader import ReleaseReader
from observer.testing.large_release import LargeTables
from observer.testing.releases import RowTables
from observer.transform.manifest import models_table
from observer.transform.parse import parse_project

ROOT = Path(__file__).resolve().parents[1]
EVENTS = int(os.environ.get("OBSERVER_BENCH_EVENTS", "1000000"))
PROJECTS = max(200, EVENTS // 2000)
MARK = 300.0
AS_OF = date(2024, 3, 31)
PERIODS = ((Grain.MONTH, date(2024, 3, 1)), (Grain.ALL, AS_OF))
METRICS = ("commits", "contributors", "new_contributors", "star_count", "pull_request_merge_ratio", "bus_factor")


def main() -> int:
    """Prints milliseconds for each question; 1 if an answer is wrong or the mark is missed."""
    with tempfile.TemporaryDirectory(prefix="observer-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "postgres", durable=False)
        try:
            urls = server.start()
            publish(
                ManyEvents(LargeTables(PROJECTS, 12), _models(folder / "dbt")),
                postgres_url=urls.owner,
                releases_dir=folder / "releases",
                clock=lambda: datetime(2024, 4, 1, tzinfo=UTC),
                code_version="benchmark",
                snapshot_id=1,
                keep=1,
            )
            with ReadModel(urls.reader, folder / "releases") as model, model.pinned() as reader:
                return _asked(reader, folder / "releases" / "1")
        finally:
            server.stop()


@dataclass(frozen=True)
class ManyEvents:
    """The tables of a large release, with events, the people who made them and the models of this checkout."""

    others: LargeTables
    models: RowTables

    def write(self, table: Table, path: Path) -> int:
        if table.name == "models":
            return self.models.write(table, path)
        if table.name not in _SELECTS:
            return self.others.write(table, path)
        with duckdb.connect(config={"threads": 2, "memory_limit": "2GB", "temp_directory": f"{path}.tmp"}) as con:
            con.execute("create macro drawn(n, k) as (hash(hash(n) + k * 7919) >> 11) / 9007199254740992.0")
            con.execute(_ARTIFACT)
            rows = _SELECTS[table.name].format(events=EVENTS, projects=PROJECTS, as_of=AS_OF)
            present = [row[0] for row in con.execute(f"describe {rows}").fetchall()]
            columns = ", ".join(
                f'{c.name if c.name in present else "null"}::{c.type.value} as "{c.name}"' for c in table.columns
            )
            order = ", ".join(table.key)
            con.execute(f"copy (select {columns} from ({rows}) order by {order}) to '{path}' (format parquet)")
            (count,) = con.execute(f"select count(*) from '{path}'").fetchone() or (0,)
            return int(count)


_ARTIFACT = """create macro artifact(n) as base64(unhex(sha256(
    'GITHUB' || format('owner-{:05d}', n) || format('repository-{:05d}', n))))"""
_TYPES = "['COMMIT_CODE', 'COMMIT_CODE', 'COMMIT_CODE', 'PULL_REQUEST_OPENED', 'PULL_REQUEST_MERGED', 'STARRED']"
# Somebody's day on a repository has five events.
_EVENTS = f"""
    select 'event-' || n as event_id,
        date '{{as_of}}' - cast(floor(3650 * (1 - power(drawn(n // 5, 2), 0.7))) as integer)
            + to_minutes(n % 1440) as time,
        {_TYPES}[1 + cast(floor(6 * drawn(n // 5, 4)) as integer)] as event_type,
        'GITHUB' as event_source,
        artifact(cast(floor({{projects}} * power(drawn(n // 5, 1), 2.2)) as integer)) as to_artifact_id,
        'user-' || cast(floor(({{events}} // 20) * power(drawn(n // 5, 3), 1.5)) as integer) as from_artifact_id,
        1 + n % 3 as amount, 'git' as basis, 'bench#' || n as record_ref
    from range({{events}}) as numbers(n)
    union all
    select 'stars-' || n || '-' || day, timestamp '{{as_of}} 00:00' - to_days(day::integer), 'STAR_COUNT',
        'GITHUB', artifact(n), null, 1000 - day, 'api', 'stars'
    from range({{projects}}) as repositories(n), range(365) as days(day)"""
_SELECTS = {
    "users": """
        select 'user-' || n as user_id, 'GITHUB' as user_source, n::varchar as user_source_id,
            'user-' || n as user_name, case when n % 33 = 0 then 'bot' else 'person' end as user_class
        from range({events} // 20) as people(n)""",
    "events": _EVENTS,
    "events_daily": f"""
        select time::date as bucket_day, event_type, event_source, to_artifact_id, from_artifact_id,
            sum(amount) as amount, count(*) as event_count, basis
        from ({_EVENTS}) group by all""",
}


def _models(work: Path) -> RowTables:
    work.mkdir()
    parse_project(ROOT / "transform", work)
    return RowTables({"models": models_table(work / "target" / "manifest.json").to_pylist()})


def _asked(reader: ReleaseReader, release: Path) -> int:
    entities = [reader.project("project-00000"), reader.project(f"project-{PROJECTS // 2:05d}")]
    entities.append(reader.collection("collection-000"))
    slow = wrong = 0
    with duckdb.connect() as con:
        for name in METRICS:
            for entity in entities:
                for grain, bucket in PERIODS:
                    took, found = _timed(reader, name, entity, grain, bucket)
                    slow += took > MARK
                    wrong += not _is_right(con, release, found)
                    people = "-" if found.user_count is None else f"{found.user_count:,}"
                    print(f"{name:26s}{entity.name:17s}{grain.value:7s}{found.row_count:10,d} rows"
                          f"{people:>9s} people{took:9.0f} ms", flush=True)  # fmt: skip
    print(f"{slow} of them over {MARK:.0f} ms, {wrong} wrong")
    return int(slow + wrong > 0)


def _timed(reader: ReleaseReader, name: str, entity: Entity, grain: Grain, bucket: date) -> tuple[float, Explanation]:
    """Milliseconds of the median of three questions, and the answer."""
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        found = reader.explain(name, entity, grain, bucket)
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times), found


def _is_right(con: duckdb.DuckDBPyConnection, release: Path, found: Explanation) -> bool:
    """Whether DuckDB counts as much in the published files."""
    kind = found.entity.entity_type.value
    members = f"select artifact_id from '{release}/artifacts_by_{kind}_1.parquet' where {kind}_id = $id"
    first = "2000-01-01" if found.grain is Grain.ALL or found.metric.kind == "latest" else "2024-03-01"
    of_rows = "count(*), sum(amount), count(distinct from_artifact_id)"
    if found.metric.kind == "latest":
        of_rows = "count(distinct to_artifact_id), sum(amount) filter (where event_id like '%-0'), 0"
    row = con.execute(
        f"select {of_rows} from '{release}/events_1.parquet' where to_artifact_id in ({members}) "
        f"and event_type = any($types) and time >= '{first}' and time < '2024-04-01'",
        {"id": found.entity.id, "types": list(found.metric.event_types)},
    ).fetchone()
    told = (found.row_count, found.amount_of_rows, found.user_count)
    if row and found.user_count is None:
        row = (*row[:2], None)
    if row != told:
        print("DuckDB counts", row, "and not", told)
    return row == told
