"""The pipeline in Dagster: `dagster dev -m observer.pipeline.definitions`.

It reads the same plan as the local runner, does the same steps, and so builds the same tables. Each raw table, model
and release is an asset; connectors run on their own schedules, the archive by day, the models when something is new.
The one module that imports Dagster, and a composition root of its own. Dagster reads annotations as objects, so this
module does not postpone them.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from observer.errors import ObserverError, TransientSourceError, WarehouseError
from observer.model.sync import Age, age_of
from observer.pipeline.assets import DEFINITIONS, RELEASE, Asset, AssetGraph, asset_graph
from observer.pipeline.plan import StepResult
from observer.pipeline.steps import ARCHIVE, NEEDS, Parts, SyncTarget, build_models, build_plan, declare_metrics
from observer.transform.fingerprint import fingerprint
from observer.transform.nodes import DataCheck, Outcome, read_outcomes
from observer.transform.parse import parse_project

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as _Job

    from observer.cli.observatory import Expectation, Observatory

FIRST_ARCHIVE_DAY = "2011-02-12"
BUILD_SCHEDULE = "45 * * * *"
REPORTS = ("insights", "ecosystem_reports")
REPORT_SCHEDULE = "20 6 * * *"
FRESHNESS_SCHEDULE = "15 * * * *"
_RETRIES = 3
_FIRST_WAIT = 30
_WAIT_FOR_WRITER = 900.0
_FRESH = "fresh"


@dg.definitions
def defs() -> dg.Definitions:
    """The pipeline of the observatory of the working folder."""
    from observer.cli.observatory import open_observatory

    return definitions(open_observatory())


def definitions(observatory: "Observatory") -> dg.Definitions:
    """Assets, checks, jobs and schedules of an observatory's enabled connectors, models and releases."""
    enabled = observatory.connector_names()
    needs = {name: [need for need in NEEDS.get(name, ()) if need in enabled] for name in enabled}
    graph = asset_graph(_manifest(observatory), needs)
    registry = observatory.registry()
    expected = {name: observatory.expectation(registry, name) for name in enabled}
    syncs = {name: _sync_assets(observatory, graph, name) for name in enabled}
    jobs = {name: _job(f"sync_{_identifier(name)}", syncs[name].keys) for name in enabled}
    build = _job("build_and_publish", [DEFINITIONS, RELEASE, *(model.key for model in graph.models)])
    unpartitioned = [key for name in enabled if name != ARCHIVE for key in syncs[name].keys]
    everything = _job("everything", [*unpartitioned, DEFINITIONS, RELEASE, *(model.key for model in graph.models)])
    checks = [_freshness_check(observatory, graph, name, found) for name, found in expected.items()]
    reports = _job("reports", [REPORTS])
    freshness = dg.define_asset_job("freshness", selection=dg.AssetSelection.checks(*checks))
    return dg.Definitions(
        assets=[
            *syncs.values(),
            _metric_definitions(observatory, graph),
            _models(observatory, graph),
            _release(observatory, graph),
            _reports(observatory, graph),
            *(_spec(asset) for asset in graph.unwritten),
        ],
        asset_checks=checks,
        jobs=[*jobs.values(), build, everything, reports, freshness],
        schedules=[
            *(_schedule(name, jobs[name], found.schedule) for name, found in expected.items() if found.schedule),
            dg.ScheduleDefinition(
                job=build, cron_schedule=BUILD_SCHEDULE, default_status=dg.DefaultScheduleStatus.RUNNING
            ),
            dg.ScheduleDefinition(
                job=reports,
                cron_schedule=REPORT_SCHEDULE,
                default_status=dg.DefaultScheduleStatus.RUNNING
                if observatory.settings.reports.after_release
                else dg.DefaultScheduleStatus.STOPPED,
            ),
            dg.ScheduleDefinition(
                job=freshness, cron_schedule=FRESHNESS_SCHEDULE, default_status=dg.DefaultScheduleStatus.RUNNING
            ),
        ],
        executor=dg.in_process_executor,
    )


def _manifest(observatory: "Observatory") -> Path:
    """dbt's manifest of the models as they are now; parsed again when a file of the project has changed."""
    work = observatory.data / "dagster" / "dbt"
    project = observatory.content.transform
    mark, wanted = work / "fingerprint", fingerprint(project)
    manifest = work / "target" / "manifest.json"
    if not manifest.is_file() or not mark.is_file() or mark.read_text(encoding="utf-8") != wanted:
        work.mkdir(parents=True, exist_ok=True)
        parse_project(project, work)
        mark.write_text(wanted, encoding="utf-8")
    return manifest


def _sync_assets(observatory: "Observatory", graph: AssetGraph, name: str) -> dg.AssetsDefinition:
    assets = graph.raw[name]
    is_archive = name == ARCHIVE

    @dg.multi_asset(
        name=f"collect_{_identifier(name)}",
        specs=[_spec(asset) for asset in assets],
        partitions_def=_archive_days(observatory) if is_archive else None,
        backfill_policy=dg.BackfillPolicy.single_run() if is_archive else None,
    )
    def sync(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        with _parts(observatory, context) as parts:
            if is_archive and context.has_partition_key_range:
                parts = _within(parts, name, *context.partition_time_window)
            result = _do(context, parts, f"sync:{name}")
            counts = {asset.key: _row_count(parts, asset) for asset in assets}
        for asset in assets:
            yield dg.MaterializeResult(
                asset_key=list(asset.key), metadata={**_facts(result), **_rows(counts[asset.key])}
            )

    return sync


def _metric_definitions(observatory: "Observatory", graph: AssetGraph) -> dg.AssetsDefinition:
    @dg.multi_asset(name="metric_definitions", specs=[_spec(graph.definitions)])
    def metric_definitions(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with _parts(observatory, context) as parts, _translated(context):
            declare_metrics(parts)
        return dg.MaterializeResult(metadata={"dagster/row_count": len(parts.catalogue)})

    return metric_definitions


def _models(observatory: "Observatory", graph: AssetGraph) -> dg.AssetsDefinition:
    by_key = {dg.AssetKey(list(model.key)): model for model in graph.models}
    by_check = {(dg.AssetKey(list(check.node)), check.name): check for check in graph.checks}

    @dg.multi_asset(
        name="models",
        specs=[_spec(model) for model in graph.models],
        check_specs=[_check_spec(check) for check in graph.checks if dg.AssetKey(list(check.node)) in by_key],
        can_subset=True,
    )
    def models(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        chosen = [model for model in graph.models if dg.AssetKey(list(model.key)) in context.selected_asset_keys]
        failure: Exception | None = None
        with _parts(observatory, context) as parts:
            try:
                if len(chosen) == len(by_key):
                    result = _do(context, parts, "build")
                else:
                    with _translated(context):
                        result = build_models(parts, sorted(model.key[1] for model in chosen))
            except dg.Failure as error:
                failure, result = error, StepResult(False)
        outcomes = read_outcomes(observatory.data / "transform" / "target" / "run_results.json")
        for selected in context.selected_asset_check_keys:
            check = by_check[selected.asset_key, selected.name]
            if check.name in outcomes:
                yield _check_result(check, outcomes[check.name])
        if failure is not None:
            raise failure
        for model in chosen:
            yield dg.MaterializeResult(
                asset_key=list(model.key), metadata={**_facts(result), **_figures(outcomes.get(model.key[1]))}
            )

    return models


def _release(observatory: "Observatory", graph: AssetGraph) -> dg.AssetsDefinition:
    @dg.multi_asset(name="publish", specs=[_spec(graph.release)])
    def publish(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with _parts(observatory, context) as parts:
            return dg.MaterializeResult(metadata=_facts(_do(context, parts, "publish")))

    return publish


def _reports(observatory: "Observatory", graph: AssetGraph) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="ecosystem_reports",
        specs=[
            dg.AssetSpec(
                list(REPORTS),
                deps=[list(graph.release.key)],
                group_name=RELEASE[0],
                description="Ecosystem reports that the newest release needs anew, on the website at /blog.",
            )
        ],
    )
    def ecosystem_reports(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        from observer.cli.insights_report import make_reports

        with _translated(context):
            made = [(plan.slug, edition) for plan, edition in make_reports(observatory, only_due=True)]
        done = [slug for slug, edition in made if edition is not None]
        context.log.info(f"reports made: {', '.join(done) or 'none is due'}")
        return dg.MaterializeResult(metadata={"made": len(done), "without_collection": len(made) - len(done)})

    return ecosystem_reports


def _freshness_check(
    observatory: "Observatory", graph: AssetGraph, name: str, expected: "Expectation"
) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        name=_FRESH,
        asset=dg.AssetKey(list(graph.raw[name][0].key)),
        description=(
            f"The last successful sync of {name} is late after {expected.warn_after_hours or math.inf:g} hours, "
            f"stale after {expected.error_after_hours or math.inf:g}."
        ),
    )
    def fresh(_context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        sync, now = observatory.syncs().last().get(name), observatory.settings.now()
        last = sync.succeeded_at if sync else None
        age = age_of(last, now, expected.warn_after_hours, expected.error_after_hours)
        return dg.AssetCheckResult(
            passed=age is Age.FRESH,
            severity=dg.AssetCheckSeverity.WARN if age is Age.LATE else dg.AssetCheckSeverity.ERROR,
            description=age.value,
            metadata={"last_success": last.isoformat()} if last else {},
        )

    return fresh


def _schedule(name: str, job: "_Job", cron: str) -> dg.ScheduleDefinition:
    """The connector's schedule; the archive's runs ask for the day that ended last."""

    def latest(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = (context.scheduled_execution_time.astimezone(UTC) - timedelta(days=1)).date().isoformat()
        return dg.RunRequest(run_key=f"{name}:{context.scheduled_execution_time.isoformat()}", partition_key=day)

    return dg.ScheduleDefinition(
        name=f"{_identifier(name)}_schedule",
        job=job,
        cron_schedule=cron,
        execution_fn=latest if name == ARCHIVE else None,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


@contextmanager
def _parts(observatory: "Observatory", context: dg.AssetExecutionContext) -> Iterator[Parts]:
    """The parts of the plan, with the right to write held for as long as the block lasts."""
    with (
        observatory.warehouse() as warehouse,
        _translated(context),
        warehouse.writer(_WAIT_FOR_WRITER),
    ):
        yield observatory.parts(warehouse, _LoggedProgress(context))


def _do(context: dg.AssetExecutionContext, parts: Parts, key: str) -> StepResult:
    """One step of the plan. What may pass is tried again later, what may not ends the run with its reason."""
    (step,) = build_plan(parts).only([key]).steps
    with _translated(context):
        result = step.run()
    context.log.info(f"{key}: {result.summary}")
    return result


@contextmanager
def _translated(context: dg.AssetExecutionContext) -> Iterator[None]:
    try:
        yield
    except TransientSourceError as error:
        wait = _FIRST_WAIT * 4**context.retry_number
        context.log.warning(str(error))
        raise dg.RetryRequested(max_retries=_RETRIES, seconds_to_wait=wait) from error
    except ObserverError as error:
        raise dg.Failure(
            description=str(error),
            metadata={"error": type(error).__name__},
            allow_retries=isinstance(error, WarehouseError),
        ) from error


def _within(parts: Parts, name: str, start: datetime, end: datetime) -> Parts:
    """The parts with one connector held to the hours from `start` to before `end`."""

    def bounded(target: SyncTarget) -> SyncTarget:
        last = end - timedelta(hours=1)
        hours = {"start": start.strftime("%Y-%m-%dT%H"), "end": last.strftime("%Y-%m-%dT%H")}
        return replace(target, config=lambda: {**target.config(), **hours})

    return replace(
        parts, targets=[bounded(target) if target.source.name == name else target for target in parts.targets]
    )


def _archive_days(observatory: "Observatory") -> dg.DailyPartitionsDefinition:
    configured = observatory.settings.connectors[ARCHIVE].config.get("start")
    return dg.DailyPartitionsDefinition(start_date=str(configured)[:10] if configured else FIRST_ARCHIVE_DAY)


def _job(name: str, keys: Iterable[Sequence[str] | dg.AssetKey]) -> "_Job":
    chosen = [key if isinstance(key, dg.AssetKey) else dg.AssetKey(list(key)) for key in keys]
    return dg.define_asset_job(name, selection=dg.AssetSelection.assets(*chosen))


def _spec(asset: Asset) -> dg.AssetSpec:
    columns = [dg.TableColumn(name, description=text or None) for name, text in asset.columns]
    return dg.AssetSpec(
        key=list(asset.key),
        deps=[list(key) for key in asset.depends_on],
        description=asset.description,
        group_name=asset.group,
        kinds={asset.kind},
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)} if columns else {},
    )


def _check_spec(check: DataCheck) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(check.name, asset=list(check.node), description=check.description or None)


def _check_result(check: DataCheck, outcome: Outcome) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=list(check.node),
        check_name=check.name,
        passed=outcome.is_good,
        severity=dg.AssetCheckSeverity.ERROR if check.is_blocking else dg.AssetCheckSeverity.WARN,
        description=outcome.message or None,
        metadata=_figures(outcome),
    )


def _facts(result: StepResult) -> dict[str, str | int | float | bool]:
    plain = {name: value for name, value in result.facts.items() if isinstance(value, str | int | float | bool)}
    return {"changed": result.changed, "summary": result.summary, **plain}


def _figures(outcome: Outcome | None) -> dict[str, int | float]:
    if outcome is None:
        return {}
    return {"seconds": round(outcome.seconds, 3), **_rows(outcome.rows)}


def _rows(count: int | None) -> Mapping[str, int]:
    return {} if count is None else {"dagster/row_count": count}


def _row_count(parts: Parts, asset: Asset) -> int | None:
    known = parts.warehouse.query(_HAS_TABLE, [asset.key[-1]]).to_pylist()
    if not known:
        return None
    found: int = parts.warehouse.query(f'select count(*) as rows from raw."{asset.key[-1]}"').to_pylist()[0]["rows"]  # noqa: S608 - the name is that of a table that exists
    return found


def _identifier(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)


@dataclass(frozen=True, slots=True)
class _LoggedProgress:
    """Progress as lines of the run's log, one for every tenth."""

    context: dg.AssetExecutionContext

    def advance(self, label: str, *, done: int, total: int | None = None) -> None:
        if total and (done == total or done % max(1, total // 10) == 0):
            self.context.log.info(f"{label}: {done} of {total}")


_HAS_TABLE = "select 1 from information_schema.tables where table_schema = 'raw' and table_name = ?"
