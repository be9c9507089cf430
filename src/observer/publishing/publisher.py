"""Publishes the warehouse's marts as a numbered release that readers switch to in one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from observer.errors import BuildError, ServingError
from observer.model.compatibility import VIEWS
from observer.model.crash import crash_point
from observer.model.published import PUBLISHED
from observer.model.release import Published, Release
from observer.ports import Clock, Progress
from observer.publishing.catalog import write_catalog
from observer.publishing.checks import check_contract
from observer.publishing.engine import open_engine
from observer.publishing.files import BUILDING, remove, rename, seal
from observer.publishing.ledger import Ledger, open_ledger
from observer.publishing.parquet import TableFile, export, fingerprint
from observer.publishing.recovery import folders, is_complete, recover, retire
from observer.publishing.serving import fill
from observer.publishing.source import TableSource


def publish(
    source: TableSource,
    *,
    postgres_url: str,
    releases_dir: Path,
    clock: Clock,
    code_version: str,
    snapshot_id: int,
    keep: int = 3,
    progress: Progress | None = None,
) -> Published:
    """Publishes the tables of `source` as a new release and keeps the newest `keep` ones.

    Does nothing where the newest release was made from the same snapshot by the same code, or has the same
    rows: then `is_new` is False and the release is the current one. Readers see the old release until all of
    the new one is there. Safe to kill at any point: the next call removes or completes what is left.

    BuildError if a table departs from its contract (nothing is published) or another process publishes,
    ServingError if PostgreSQL does not answer.
    """
    if keep < 1:
        raise BuildError("at least one release must be kept")
    releases_dir.mkdir(parents=True, exist_ok=True)
    with open_ledger(postgres_url) as ledger:
        recover(ledger, releases_dir, clock())
        newest = _newest(ledger, releases_dir)
        if newest and newest.code_version == code_version and ledger.is_same(newest, snapshot_id):
            retire(ledger, releases_dir, keep, clock())
            return Published(_current(ledger), is_new=False)
        number = _next_number(ledger, releases_dir)
        building = releases_dir / f"{number}{BUILDING}"
        building.mkdir()
        build = _Build(source, ledger, clock, number, building, progress)
        with _removed_at_the_end(building):
            release = build.run(code_version, snapshot_id, newest.fingerprint if newest else None)
            if release:
                _show(ledger, release, building, releases_dir, clock)
            elif newest:
                ledger.note_same(newest, snapshot_id)
        retire(ledger, releases_dir, keep, clock())
        return Published(release or _current(ledger), is_new=release is not None)


def rollback(number: int, *, postgres_url: str, releases_dir: Path, clock: Clock) -> Release:
    """Makes a kept release the current one; ServingError where it is not kept in both stores."""
    with open_ledger(postgres_url) as ledger:
        kept = ledger.kept()
        release = kept.get(number)
        complete = release is not None and is_complete(releases_dir / str(number), release, thorough=False)
        if release is None or not complete or number not in ledger.schemas():
            raise ServingError(f"release {number} is not kept", hint=f"kept: {', '.join(map(str, kept)) or 'none'}")
        ledger.point(number, clock())
        return release


@dataclass(frozen=True, slots=True)
class _Build:
    source: TableSource
    ledger: Ledger
    clock: Clock
    number: int
    folder: Path
    progress: Progress | None

    def run(self, code_version: str, snapshot_id: int, previous: str | None) -> Release | None:
        """Builds the release in both stores, unseen; None where its content is that of the previous one."""
        with open_engine(self.folder / "spill", "ducklake", "postgres_scanner") as engine:
            files = self._export(engine)
            crash_point("publish.exported")
            mark = fingerprint(engine, PUBLISHED, code_version)
            if mark == previous:
                return None
            check_contract(engine, PUBLISHED)
            crash_point("publish.checked")
            catalog = write_catalog(engine, self.folder, self.number, files)
            release = Release(
                number=self.number,
                created_at=self.clock(),
                as_of=_as_of(engine),
                code_version=code_version,
                snapshot_id=snapshot_id,
                fingerprint=mark,
                catalog=catalog.name,
                tables=tuple(file.describe() for file in files),
                views=tuple(view.relation for view in VIEWS),
            )
            crash_point("publish.catalogued")
            fill(self.ledger.connection, engine, self.number, PUBLISHED, self.folder, self.progress)
            crash_point("publish.filled")
        remove(self.folder / "spill")
        seal(self.folder, release.as_manifest())
        crash_point("publish.sealed")
        return release

    def _export(self, engine: duckdb.DuckDBPyConnection) -> list[TableFile]:
        files = []
        for done, table in enumerate(PUBLISHED):
            path = self.folder / f"{table.name}_{self.number}.parquet"
            files.append(export(engine, self.source, table, path))
            crash_point("publish.exporting")
            if self.progress:
                self.progress.advance("exporting", done=done + 1, total=len(PUBLISHED))
        return files


@contextmanager
def _removed_at_the_end(building: Path) -> Iterator[None]:
    """Removes a building folder whatever happens; a full or failing disk becomes a BuildError."""
    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise BuildError(
            f"the files of the release cannot be written: {str(error).splitlines()[0]}",
            where=str(building),
            hint="make room and publish again; readers keep the last release",
        ) from error
    finally:
        remove(building)


def _show(ledger: Ledger, release: Release, building: Path, releases_dir: Path, clock: Clock) -> None:
    """Makes a release that is complete in both stores the current one."""
    rename(building, releases_dir / str(release.number))
    crash_point("publish.renamed")
    with ledger.connection.transaction():
        ledger.record(release, clock())
        ledger.point(release.number, clock())
    crash_point("publish.pointed")


def _as_of(engine: duckdb.DuckDBPyConnection) -> date:
    row = engine.execute("select max(sample_date) from key_metrics").fetchone()
    if row is None or not isinstance(row[0], date):
        raise BuildError("key_metrics has no sample_date", where="marts.key_metrics")
    return row[0]


def _newest(ledger: Ledger, releases_dir: Path) -> Release | None:
    """The newest release, if its files are there too: one without files must be published again."""
    kept = ledger.kept()
    if not kept:
        return None
    release = kept[max(kept)]
    return release if is_complete(releases_dir / str(release.number), release, thorough=False) else None


def _current(ledger: Ledger) -> Release:
    return ledger.kept()[ledger.current() or 0]


def _next_number(ledger: Ledger, releases_dir: Path) -> int:
    used = ledger.kept().keys() | ledger.removed() | ledger.schemas() | folders(releases_dir).keys()
    return max(used, default=0) + 1
