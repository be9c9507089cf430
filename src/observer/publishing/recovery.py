"""Brings the two stores of releases together again after a kill, and removes releases that are no longer kept."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from observer.errors import ServingError
from observer.model.crash import crash_point
from observer.model.published import PUBLISHED
from observer.model.release import Release
from observer.publishing.engine import identifier, literal, open_engine
from observer.publishing.files import BUILDING, MANIFEST, REMOVED, remove, sha256
from observer.publishing.ledger import Ledger
from observer.publishing.serving import drop, fill


def recover(ledger: Ledger, releases_dir: Path, at: datetime) -> None:
    """Removes leftovers of killed publishes and completes what was complete but for the pointer.

    Afterwards every kept release is in both stores. Where PostgreSQL was lost, it is filled again from the
    files; where files were lost, the release goes, unless it is the one that readers see.
    """
    for leftover in (*releases_dir.glob(f"*{BUILDING}"), *releases_dir.glob(f"*{REMOVED}")):
        remove(leftover)
    removed = ledger.removed()
    for number in sorted(removed & (ledger.schemas() | folders(releases_dir).keys())):
        _discard(ledger, releases_dir, number)
    kept = ledger.kept()
    unknown = {n: path for n, path in folders(releases_dir).items() if n not in kept and n not in removed}
    for number in sorted(ledger.schemas() - kept.keys() - unknown.keys() - removed):
        drop(ledger.connection, number)
    for number, path in sorted(unknown.items()):
        _complete(ledger, number, path, at)
    _drop_incomplete(ledger, releases_dir, at)


def retire(ledger: Ledger, releases_dir: Path, keep: int, at: datetime) -> None:
    """Removes all but the newest `keep` releases and the current one.

    A release that a reader still holds in PostgreSQL stays until the next call.
    """
    current = ledger.current()
    numbers = sorted(ledger.kept())
    for number in numbers[: max(0, len(numbers) - keep)]:
        if number != current:
            ledger.forget(number, at)
            crash_point("publish.forgotten")
            _discard(ledger, releases_dir, number)


def folders(releases_dir: Path) -> dict[int, Path]:
    """The folders of finished releases by number."""
    return {int(path.name): path for path in releases_dir.glob("[0-9]*") if path.is_dir() and path.name.isdigit()}


def read_manifest(folder: Path) -> Release:
    """The manifest of a release folder. ServingError if there is none, or if it is damaged."""
    path = folder / MANIFEST
    try:
        return Release.from_manifest(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ServingError("the manifest cannot be read", where=str(path)) from error


def is_complete(folder: Path, release: Release, *, thorough: bool) -> bool:
    """Whether all files of a release are there with their sizes and, if thorough, their hashes."""
    for table in release.tables:
        path = folder / table.file
        if not path.exists() or path.stat().st_size != table.bytes:
            return False
        if thorough and sha256(path) != table.sha256:
            return False
    return (folder / release.catalog).exists()


def _complete(ledger: Ledger, number: int, path: Path, at: datetime) -> None:
    """Publishes a folder that PostgreSQL does not list, or removes it where it is damaged."""
    try:
        release = read_manifest(path)
    except ServingError:
        release = None
    if release is None or release.number != number or not is_complete(path, release, thorough=True):
        drop(ledger.connection, number)
        remove(path)
        return
    if number not in ledger.schemas():
        _restore(ledger, path, release)
    with ledger.connection.transaction():
        ledger.record(release, at)
        if number > (ledger.current() or 0):
            ledger.point(number, at)


def _drop_incomplete(ledger: Ledger, releases_dir: Path, at: datetime) -> None:
    """Restores or removes listed releases that one of the stores has lost."""
    schemas, found, current = ledger.schemas(), folders(releases_dir), ledger.current()
    for number, release in ledger.kept().items():
        has_files = number in found and is_complete(found[number], release, thorough=False)
        if has_files and number not in schemas:
            _restore(ledger, found[number], release)
        elif not has_files and number != current:
            ledger.forget(number, at)
            _discard(ledger, releases_dir, number)


def _restore(ledger: Ledger, path: Path, release: Release) -> None:
    """Fills the schema of a release from its files."""
    present = {table.name: table.file for table in release.tables}
    tables = [table for table in PUBLISHED if table.name in present]
    spill = path.with_name(path.name + BUILDING)
    spill.mkdir()
    try:
        with open_engine(spill, "postgres_scanner") as engine:
            for table in tables:
                file = literal(path / present[table.name])
                engine.execute(f"create view {identifier(table.name)} as select * from read_parquet({file})")  # noqa: S608
            fill(ledger.connection, engine, release.number, tables, spill)
    finally:
        remove(spill)


def _discard(ledger: Ledger, releases_dir: Path, number: int) -> None:
    if drop(ledger.connection, number):
        crash_point("publish.dropped")
        remove(releases_dir / str(number))
