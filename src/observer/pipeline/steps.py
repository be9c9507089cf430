"""The steps of an observatory: sync each connector, declare metrics, build models, publish a release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from observer.connectors.host import Limits, SyncReport, sync
from observer.connectors.offer import offered
from observer.directory.identities import Decision, decision_rows
from observer.directory.organizations import Organization, organization_rows
from observer.errors import BuildError, ObserverError
from observer.metrics.catalogue import Catalogue
from observer.metrics.rows import definition_rows
from observer.model.crash import crash_point
from observer.model.load import Load, StreamLoad, StreamTable, WriteMode
from observer.model.sync import SyncRecord
from observer.pipeline.plan import Plan, Step, StepResult
from observer.ports import Clock, Json, Progress, Source, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

    from observer.model.release import Published

BUILD_STATE = "_build"
DIRECTORY = "oss-directory"
ARCHIVE = "github-archive"
GIT = "git"
GITHUB = "github"
NEEDS: Mapping[str, tuple[str, ...]] = {ARCHIVE: (DIRECTORY,), GIT: (DIRECTORY, ARCHIVE), GITHUB: (DIRECTORY,)}


@dataclass(frozen=True, slots=True)
class SyncTarget:
    """A connector of this observatory; `config` is asked for when its turn comes, since it may need earlier rows."""

    source: Source
    config: Callable[[], Json]


class Transformer(Protocol):
    """Builds all models; raises BuildError if a model or a check fails."""

    def fingerprint(self) -> str:
        """A hash of everything that decides what the models compute."""
        ...

    def build(self, as_of: date, select: Sequence[str] = (), *, is_full: bool = False) -> str:
        """Builds and checks all models, or the selected ones; returns one line about it.

        Models that would come out as they are stay untouched, unless the build `is_full`.
        """
        ...


class ReleasePublisher(Protocol):
    """Publishes the marts as a release."""

    def publish(self) -> Published:
        """The new release, or the current one where nothing changed."""
        ...


class SyncLog(Protocol):
    """Remembers the last sync of each connector."""

    def record(self, sync: SyncRecord) -> None:
        """Keeps one in the place of the one before."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the steps work with; `as_of` pins the last day that metrics see, `syncs` is told how each sync went.

    With `is_full` every model is built, whether something changed or not.
    """

    warehouse: Warehouse
    targets: Sequence[SyncTarget]
    catalogue: Catalogue
    decisions: Sequence[Decision]
    organizations: Sequence[Organization]
    transformer: Transformer
    publisher: ReleasePublisher
    clock: Clock
    progress: Progress
    scratch: Path
    code_version: str
    as_of: date | None
    syncs: SyncLog | None = None
    is_full: bool = False


def build_plan(parts: Parts) -> Plan:
    """The whole plan: every connector, then metrics, models and release."""
    names = [target.source.name for target in parts.targets]
    syncs = [_sync_step(parts, target, names) for target in parts.targets]
    keys = tuple(step.key for step in syncs)
    return Plan.of(
        [
            *syncs,
            Step(
                "build",
                lambda: _build(parts),
                deps=keys,
                tolerates=frozenset(keys) - {f"sync:{DIRECTORY}"},
            ),
            Step("publish", lambda: _publish(parts), deps=("build",)),
        ]
    )


def repositories_of_directory(warehouse: Warehouse) -> list[Json]:
    """The git repositories that the directory names, owners expanded to the repositories that are known of them.

    Each has `url`, `artifact_source`, `artifact_namespace` and `artifact_name`, as the git connector takes them.
    """
    from observer.pipeline.repositories import repositories

    return repositories(warehouse)


def last_complete_day(warehouse: Warehouse) -> date:
    """The last day that some source has seen whole: the day before git was observed, or an archive's last day.

    Where nothing tells events, it is the day before anything was loaded last.
    """
    candidates = []
    for table, sql in _LAST_DAYS.items():
        if _has_table(warehouse, table):
            candidates += [row["day"] for row in warehouse.query(sql).to_pylist() if row["day"]]
    if not candidates:
        candidates = [row["day"] for row in warehouse.query(_LAST_LOAD).to_pylist() if row["day"]]
    if not candidates:
        raise BuildError("no event source was synced yet", hint="enable the git or github-archive connector and sync")
    latest: date = max(candidates)
    return latest


def input_fingerprint(parts: Parts, as_of: date) -> str:
    """A hash of all that a build depends on: loaded rows, models, definitions, what people declare, day and code."""
    loads = parts.warehouse.query(_LOADS).to_pylist()
    definitions = json.dumps(definition_rows(parts.catalogue).to_pylist(), sort_keys=True)
    people = [repr(declared) for declared in (*parts.decisions, *parts.organizations)]
    facts = [loads, parts.transformer.fingerprint(), definitions, people, as_of.isoformat(), parts.code_version]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _sync_step(parts: Parts, target: SyncTarget, names: Sequence[str]) -> Step:
    name = target.source.name
    before = tuple(f"sync:{other}" for other in NEEDS.get(name, ()) if other in names)

    def run() -> StepResult:
        try:
            config = target.config()
            report = sync(
                target.source,
                config=config,
                warehouse=parts.warehouse,
                clock=parts.clock,
                progress=parts.progress,
                limits=Limits(),
                scratch=parts.scratch,
            )
        except ObserverError as error:
            _remember(parts, name, error=str(error))
            raise
        _remember(parts, name, report)
        refused = f", {report.quarantined:,} refused" if report.quarantined else ""
        dropped = f", {report.dropped:,} dropped" if report.dropped else ""
        is_new = report.rows or report.quarantined or report.dropped
        summary = f"{report.rows:,} rows{refused}{dropped}" if is_new else "nothing new"
        facts = {"rows": report.rows, "quarantined": report.quarantined}
        return StepResult(report.rows + report.dropped > 0, summary, facts)

    return Step(f"sync:{name}", run, before, tolerates=frozenset(before) - {f"sync:{DIRECTORY}"})


def _remember(parts: Parts, name: str, report: SyncReport | None = None, *, error: str | None = None) -> None:
    if parts.syncs is None:
        return
    now = parts.clock()
    rows, quarantined = (report.rows, report.quarantined) if report else (0, 0)
    streams = offered(report.catalog) if report else ()
    parts.syncs.record(SyncRecord(name, now, None if error else now, rows, quarantined, error, streams))


def _build(parts: Parts) -> StepResult:
    as_of = parts.as_of or last_complete_day(parts.warehouse)
    wanted = input_fingerprint(parts, as_of)
    built = parts.warehouse.state(BUILD_STATE).get("", {})
    if built.get("fingerprint") == wanted and not parts.is_full:
        return StepResult(False, f"up to date as of {as_of}")
    declare(parts)
    crash_point("build.before_models")
    summary = parts.transformer.build(as_of, is_full=parts.is_full)
    crash_point("build.after_models")
    state = {"fingerprint": wanted, "as_of": as_of.isoformat()}
    parts.warehouse.load(Load(wanted[:32], BUILD_STATE, parts.clock(), state={"": state}))
    return StepResult(True, summary, {"as_of": as_of.isoformat()})


def build_models(parts: Parts, names: Sequence[str]) -> StepResult:
    """Builds and checks the named models alone, on what the others hold; the next whole build is not spared by it."""
    as_of = parts.as_of or last_complete_day(parts.warehouse)
    declare(parts)
    return StepResult(True, parts.transformer.build(as_of, names), {"as_of": as_of.isoformat()})


def declare(parts: Parts) -> None:
    """Writes what the observatory's own files say: metrics, decisions about identities, organizations."""
    declare_metrics(parts)
    decisions = decision_rows(tuple(parts.decisions))
    _declare(parts, "identities", "decisions", "decision_key", decisions)
    organizations = organization_rows(tuple(parts.organizations))
    _declare(parts, "organizations", "declarations", "declaration_key", organizations)


def declare_metrics(parts: Parts) -> None:
    """Writes the catalogue's definitions to raw.metrics__definitions, from which the models compute every metric."""
    _declare(parts, "metrics", "definitions", "metric_name", definition_rows(parts.catalogue))


def _declare(parts: Parts, connector: str, stream: str, key: str, rows: pa.Table) -> None:
    table = StreamTable(connector, stream, rows.schema, (key,), WriteMode.OVERWRITE)
    digest = hashlib.sha256(json.dumps(rows.to_pylist(), sort_keys=True, default=str).encode()).hexdigest()
    load = StreamLoad(table, batches=rows.to_batches())
    parts.warehouse.load(Load(digest[:32], table.connector, parts.clock(), streams=[load]))


def _publish(parts: Parts) -> StepResult:
    published = parts.publisher.publish()
    release = published.release
    facts: Mapping[str, object] = {"release": release.number}
    if not published.is_new:
        return StepResult(False, f"release {release.number} is current", facts)
    return StepResult(True, f"release {release.number}, data up to {release.as_of}", facts)


def _has_table(warehouse: Warehouse, table: str) -> bool:
    found = warehouse.query(
        "select count(*) as found from information_schema.tables where table_schema = 'raw' and table_name = ?", [table]
    ).to_pylist()
    return bool(found[0]["found"])


_LOADS = """
select
    connector,
    stream,
    sum(greatest(written, 0)) as written,
    sum(least(written, 0)) as dropped,
    sum(quarantined) as quarantined
from raw.loads
where connector not in ('metrics', 'identities', 'organizations', '_build')
group by connector, stream
order by connector, stream
"""

_LAST_LOAD = """
select cast(max(observed_at) as date) - 1 as day
from raw.loads
where connector not in ('metrics', 'identities', 'organizations', '_build')
"""

_LAST_DAYS = {
    "git__repositories": "select cast(max(observed_at) as date) - 1 as day from raw.git__repositories",
    # A day is not over on the day on which it was loaded, unless there is no other.
    "github_archive__files": """
        select coalesce(
            max(cast(hour as date)) filter (cast(hour as date) < cast(_observed_at as date)),
            max(cast(hour as date))
        ) as day
        from raw.github_archive__files where status = 'loaded'
    """,
}
