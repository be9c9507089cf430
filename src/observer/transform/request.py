"""What a build is asked to do and what it did: plain data, no dbt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

LAKE_EXTENSIONS = ("ducklake", "postgres_scanner")


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One build of the dbt project in `project_dir`; everything that dbt writes goes to `work_dir`.

    `attach_path` and `attach_options` are the two halves of `attach '<path>' as lake (<options>)`; the path may
    hold a password and is written to no file. `extensions` are the DuckDB extensions that ATTACH needs, loaded from
    their wheels. `as_of` is the last complete day. `select` are dbt selectors; empty means everything.
    `memory_limit` is DuckDB's, for instance `1GB`. `has_unit_tests` runs the rows-in/rows-out tests too, without
    `has_checks` not even the checks of the data run.
    `is_full` makes everything anew, also what did not change since the build before.
    """

    project_dir: Path
    work_dir: Path
    attach_path: str
    as_of: date
    attach_options: Mapping[str, str | bool] = field(default_factory=dict)
    extensions: tuple[str, ...] = LAKE_EXTENSIONS
    variables: Mapping[str, object] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    memory_limit: str | None = None
    is_fail_fast: bool = True
    has_unit_tests: bool = False
    has_checks: bool = True
    is_full: bool = False


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model or seed of a build: status is success, unchanged, error or skipped, time is in seconds.

    `rows` is the number of rows written, or None where the engine does not tell.
    """

    name: str
    status: str
    seconds: float
    rows: int | None


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A data check that found rows it should not find; `rows` is how many, `model` what was checked."""

    name: str
    model: str
    rows: int
    message: str


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did. `checks` counts the checks that hold; warnings are checks that only warn.

    `differing` are the models of which a full build made other rows than the builds before it had made of the same
    inputs with the same SQL: a model that does not always answer the same, or a fault of the engine.
    `metrics_since` is the first day of which metrics were made anew; None if all were, or none.
    """

    models: tuple[ModelRun, ...]
    checks: int
    warnings: tuple[FailedCheck, ...]
    manifest: Path
    seconds: float
    differing: tuple[str, ...] = ()
    metrics_since: date | None = None
