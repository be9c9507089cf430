"""Runs `dbt build` once, in this process, quietly, and tells what it did or why it did not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from observer.errors import BuildError
from observer.transform.artifacts import manifest_once
from observer.transform.fingerprint import fingerprint
from observer.transform.profile import LAKE, PATH_VARIABLE, write_profile
from observer.transform.request import BuildRequest, BuildResult, FailedCheck, ModelRun
from observer.transform.transaction import Transaction, one_transaction

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt_common.events.base_types import EventMsg

    from observer.ports import Progress


class _Result(Protocol):
    """The part of dbt's RunResult that is read here; its nodes come in a dozen classes."""

    status: object
    message: str | None
    failures: int | None
    execution_time: float
    adapter_response: Mapping[str, object]
    node: Any


_GOOD = frozenset({"success", "pass", "warn", "skipped", "no-op"})
_SHOWN = 5
_LOG = "build.log"
# Variables of this name are read by `dbt_metadata_envs`.
_TOLD = "DBT_ENV_CUSTOM_ENV_"
_OF_THE_LAKE = frozenset({"attach", "config_options", "plugins"})
_LOGGED = frozenset({"info", "warn", "error"})


def build(request: BuildRequest, *, progress: Progress | None = None) -> BuildResult:
    """Builds and checks all models in one transaction. One build at a time in one process.

    Raises BuildError if a model or a check fails: it names what failed, its file and the reason. Then nothing of the
    build is kept.
    """
    profiles = write_profile(request)
    with environment(request), released(), one_transaction(is_full=request.is_full) as transaction:
        result = run_build(request, profiles, progress, transaction)
        since = _metrics_since(result, transaction)
        return replace(result, metrics_since=since, differing=transaction.commit())


def _metrics_since(result: BuildResult, transaction: Transaction) -> date | None:
    """The first day of which the build made metrics anew; None where it made all days, or none."""
    if not any(model.name == "int_metrics__sum" and model.status == "success" for model in result.models):
        return None
    rows = transaction.rows(f"select first_changed_day from {LAKE}.intermediate.int_metrics__changes", 1)  # noqa: S608
    return next((day for row in rows if isinstance(day := row["first_changed_day"], date)), None)


def run_build(
    request: BuildRequest, profiles: Path, progress: Progress | None, transaction: Transaction | None = None
) -> BuildResult:
    """Runs `dbt build` with the profile in a folder, inside `environment`. Raises BuildError as `build` does.

    `transaction` is the one that the build runs in; without one no version of the build before is known.
    """
    started = time.perf_counter()
    with manifest_once():
        outcome = invoke(request, _arguments(request, profiles), progress, has_versions=transaction is not None)
    results: list[_Result] = list(getattr(outcome.result, "results", None) or [])
    _raise_if_failed(request, outcome, results, transaction)
    return BuildResult(
        models=tuple(_model_run(result) for result in results if _kind(result) in ("model", "seed")),
        checks=sum(_kind(result) in ("test", "unit_test") for result in results),
        warnings=tuple(_failed_check(result) for result in results if str(result.status) == "warn"),
        manifest=_target(request) / "manifest.json",
        seconds=time.perf_counter() - started,
    )


def _arguments(request: BuildRequest, profiles: Path) -> list[str]:
    arguments = [
        "--fail-fast" if request.is_fail_fast else "--no-fail-fast",
        "build",
        *("--project-dir", str(request.project_dir.resolve()), "--profiles-dir", str(profiles.resolve())),
        *("--target-path", str(_target(request))),
    ]
    if not request.has_unit_tests:
        arguments += ["--exclude-resource-type", "unit_test"]
    if not request.has_checks:
        arguments += ["--exclude-resource-type", "test"]
    if request.select:
        arguments += ["--select", *request.select]
    return arguments


def _target(request: BuildRequest) -> Path:
    return request.work_dir.resolve() / "target"


@contextmanager
def environment(request: BuildRequest) -> Iterator[None]:
    """The process as dbt needs it, and as it was afterwards: variables and working folder."""
    folder = Path.cwd()
    try:
        with _set({PATH_VARIABLE: request.attach_path, "DO_NOT_TRACK": "1"}):
            yield
    finally:
        os.chdir(folder)


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def invoke(
    request: BuildRequest, arguments: list[str], progress: Progress | None, *, has_versions: bool = False
) -> dbtRunnerResult:
    """Runs one dbt command in this process, inside `environment` and `released`.

    What holds for this build alone comes as `macros/build_variables.sql` reads it, so that dbt finds the project as it
    parsed it before. `has_versions` tells the models that the versions of the build before are at hand.
    """
    from dbt.cli.main import dbtRunner
    from dbt_common.events.functions import reset_metadata_vars

    told = {
        **request.variables,
        "as_of": request.as_of.isoformat(),
        "has_versions": has_versions,
        "project_digest": fingerprint(request.project_dir),
    }
    variables = {f"{_TOLD}{name.upper()}": str(value) for name, value in told.items()}
    with _set(variables), _any_lake(), (request.work_dir / _LOG).open("w", encoding="utf-8") as file:
        reset_metadata_vars()
        try:
            return dbtRunner(callbacks=[_Listener(request, file, progress)]).invoke([*_quiet(request), *arguments])
        finally:
            reset_metadata_vars()


@contextmanager
def _any_lake() -> Iterator[None]:
    """While the block lasts, dbt takes a project for the same over any lake: no model looks at where its lake is."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    credentials: Any = DuckDBCredentials
    keys = credentials._connection_keys
    credentials._connection_keys = lambda self: tuple(key for key in keys(self) if key not in _OF_THE_LAKE)
    try:
        yield
    finally:
        credentials._connection_keys = keys


def _quiet(request: BuildRequest) -> list[str]:
    return [
        *("--log-level", "none", "--log-level-file", "none", "--log-path", str(request.work_dir.resolve())),
        *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-use-colors", "--no-print"),
    ]


@contextmanager
def released() -> Iterator[None]:
    """Lets go of the lake afterwards: dbt-duckdb would keep its in-memory database, and the lake in it, attached."""
    try:
        yield
    finally:
        _close_connections()


def _close_connections() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    manager: Any = DuckDBConnectionManager
    if manager._ENV is not None:
        manager.env().close()
    manager.close_all_connections()
    reset: Any = reset_adapters
    reset()


class _Listener:
    """Writes what dbt reports to a file, and `done of total` to a person.

    dbt's own log file formats every debug line, wanted or not, which takes a tenth of a build.
    """

    def __init__(self, request: BuildRequest, file: TextIO, progress: Progress | None) -> None:
        self._request, self._file, self._progress = request, file, progress

    def __call__(self, event: EventMsg) -> None:
        info: Any = event.info
        if info.level in _LOGGED:
            self._file.write(f"{info.level} {_without_path(self._request, info.msg)}\n")
        if self._progress and info.name in ("LogModelResult", "LogTestResult", "LogSeedResult"):
            data: Any = event.data
            total = data.num_models if info.name == "LogTestResult" else data.total
            self._progress.advance(str(data.node_info.node_name), done=int(data.index), total=int(total))


def _raise_if_failed(
    request: BuildRequest, outcome: dbtRunnerResult, results: list[_Result], transaction: Transaction | None
) -> None:
    failed = [result for result in results if str(result.status) not in _GOOD]
    if failed:
        lines = [_failure(result, transaction) for result in failed[:_SHOWN]]
        more = f"\nand {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
        raise BuildError(
            _without_path(request, "\n".join(lines) + more),
            where=_file(failed[0]),
            hint=f"the SQL as it ran is under {_target(request) / 'run'}",
        )
    if outcome.exception is not None:
        raise BuildError(_without_path(request, str(outcome.exception).strip()), where="dbt") from outcome.exception
    if not outcome.success:
        raise BuildError("dbt did not build", where="dbt", hint=f"see {request.work_dir / _LOG}")


def _failure(result: _Result, transaction: Transaction | None) -> str:
    lines = (result.message or "no reason given").splitlines()
    if len(lines) > 1 and "Error in" in lines[0]:
        lines = lines[1:]
    message = " ".join(" ".join(lines).split())
    if _kind(result) == "test" and str(result.status) == "fail":
        found = [f"check {result.node.name} on {_checked(result)} found {result.failures} rows"]
        rows = transaction.rows(str(result.node.compiled_code or ""), _SHOWN) if transaction else []
        found += [f"  {', '.join(f'{name}={value}' for name, value in row.items())}" for row in rows]
        return "\n".join(found)
    return f"{_kind(result)} {result.node.name}: {message}"


def _failed_check(result: _Result) -> FailedCheck:
    return FailedCheck(
        name=result.node.name, model=_checked(result), rows=int(result.failures or 0), message=result.message or ""
    )


def _checked(result: _Result) -> str:
    attached = getattr(result.node, "attached_node", None)
    parents = result.node.depends_on.nodes
    return str(attached or next(iter(parents), result.node.name)).rsplit(".", 1)[-1]


def _model_run(result: _Result) -> ModelRun:
    response: Mapping[str, object] = result.adapter_response or {}
    rows = response.get("rows_affected")
    return ModelRun(
        name=result.node.name,
        status="unchanged" if response.get("code") == "UNCHANGED" else str(result.status),
        seconds=float(result.execution_time),
        rows=rows if isinstance(rows, int) and rows >= 0 else None,
    )


def _kind(result: _Result) -> str:
    return str(result.node.resource_type)


def _file(result: _Result) -> str:
    return f"transform/{result.node.original_file_path}"


def _without_path(request: BuildRequest, message: str) -> str:
    return message.replace(request.attach_path, LAKE)
