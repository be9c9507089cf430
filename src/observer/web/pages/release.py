"""The releases that can be read, and what changed from one to the next."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from observer.errors import NotFoundError
from observer.model.release import Release
from observer.query.answers import Metric
from observer.query.read_model import ReadModel
from observer.web.page import Page


@dataclass(frozen=True, slots=True)
class TableChange:
    """Rows of one table in a release and in the one before; None where a release has no such table."""

    table: str
    rows: int | None
    rows_before: int | None


@dataclass(frozen=True, slots=True)
class MetricChange:
    """A metric that is new, gone, or has another version than before; None where a release lacks it."""

    metric: str
    version: int | None
    version_before: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What one release changed against the one before it that can still be read."""

    release: Release
    before: Release
    tables: tuple[TableChange, ...]
    metrics: tuple[MetricChange, ...]


def releases(read_model: ReadModel, request: Request) -> Page:
    """The releases that can be read, newest first, and what the newest one changed."""
    entries = read_model.releases()
    release = read_model.current_release()
    return Page(
        release,
        "releases.html",
        "Releases",
        "Published, immutable sets of tables.",
        {"entries": entries, "changes": changes(read_model, release.number)},
        entries,
        [entry.release for entry in entries],
    )


def release(read_model: ReadModel, request: Request) -> Page:
    """One release: its tables, and what it changed."""
    text = request.path_params["number"]
    if not text.isdecimal() or len(text) > 9:
        raise NotFoundError(f"'{text[:50]}' is not the number of a release", hint="see /releases")
    found = read_model.release(int(text))
    changed = changes(read_model, found.number)
    return Page(
        found,
        "release.html",
        f"Release {found.number}",
        f"Data up to {found.as_of}, its tables with hashes, and what it changed.",
        {"found": found, "changes": changed},
        {"release": found, "changes": changed},
        found.tables,
    )


def changes(read_model: ReadModel, number: int) -> Changes | None:
    """What a release changed; None for the oldest one that can be read."""
    older = [entry.release.number for entry in read_model.releases() if entry.release.number < number]
    if not older:
        return None
    with read_model.pinned(number) as reader:
        found, metrics = reader.release, reader.metrics()
    with read_model.pinned(max(older)) as reader:
        before, metrics_before = reader.release, reader.metrics()
    rows = {table.name: table.rows for table in found.tables}
    rows_before = {table.name: table.rows for table in before.tables}
    names = sorted({*rows, *rows_before})
    tables = [TableChange(name, rows.get(name), rows_before.get(name)) for name in names]
    return Changes(
        found,
        before,
        tuple(change for change in tables if change.rows != change.rows_before),
        _metric_changes(metrics, metrics_before),
    )


def _metric_changes(now: tuple[Metric, ...], before: tuple[Metric, ...]) -> tuple[MetricChange, ...]:
    versions = {metric.name: metric.version for metric in now}
    versions_before = {metric.name: metric.version for metric in before}
    names = sorted({*versions, *versions_before})
    found = [MetricChange(name, versions.get(name), versions_before.get(name)) for name in names]
    return tuple(change for change in found if change.version != change.version_before)
