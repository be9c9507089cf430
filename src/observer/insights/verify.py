"""Runs an insight from a clean environment on one release, and keeps what came out."""

from __future__ import annotations

import base64
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from observer.errors import ObserverError
from observer.insights.code import code_cells
from observer.insights.interactive import Outputs, with_pictures
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.insights.numbers import Numbers, read_numbers
from observer.insights.picture import is_picture
from observer.insights.run import Run, RunStore, Shown, source_digest
from observer.insights.sandbox.job import Job, Limits, Outcome
from observer.insights.sandbox.process import Sandbox


@dataclass(frozen=True, slots=True)
class OnRelease:
    """The release that runs are on: its number and the last day of its data."""

    number: int
    as_of: str


@dataclass(frozen=True, slots=True)
class Verifier:
    """Runs items in one sandbox on one release; `clock` tells when, `vector` computes what is a vector."""

    sandbox: Sandbox
    release: OnRelease
    store: RunStore
    clock: Callable[[], datetime]
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    vector: Callable[[Item], tuple[Numbers, Shown]] | None = None

    def run(self, item: Item) -> Run | None:
        """One run; None where the item gives nothing that could be run."""
        if item.kind is ItemKind.VECTOR and self.vector is not None:
            return self._vector(item, self.vector)
        cells = code_cells(item)
        if not cells:
            return None
        base = Path(tempfile.mkdtemp(prefix="observer-insight-"))
        try:
            work = base / "work"
            _copy(item, work)
            outcome = self.sandbox.run(Job(item.key, cells, work, self.limits))
            return self._kept(item, outcome, work)
        finally:
            shutil.rmtree(base, ignore_errors=True)

    def _vector(self, item: Item, compute: Callable[[Item], tuple[Numbers, Shown]]) -> Run:
        begun = monotonic()
        error, numbers, shown = None, Numbers({}), Shown({})
        try:
            numbers, shown = compute(item)
        except ObserverError as broken:
            error = broken.what
        return self._written(item, numbers, shown, monotonic() - begun, error, None)

    def _kept(self, item: Item, outcome: Outcome, work: Path) -> Run:
        error = outcome.error
        try:
            numbers = read_numbers(work / "out")
        except (OSError, ValueError) as broken:
            numbers, error = Numbers({}), error or str(broken)
        outputs = with_pictures(outcome.outputs)
        shown = Shown(outputs, _thumbnail(outputs, work))
        return self._written(item, numbers, shown, outcome.seconds, error, outcome.cell)

    def _written(
        self, item: Item, numbers: Numbers, shown: Shown, seconds: float, error: str | None, cell: int | None
    ) -> Run:
        run = Run(
            key=item.key,
            release=self.release.number,
            as_of=self.release.as_of,
            ran_at=self.clock().isoformat(timespec="seconds"),
            seconds=round(seconds, 2),
            source=source_digest(item),
            error=error,
            cell=cell,
            digest=numbers.digest,
            count=numbers.count,
        )
        return self.store.write(run, numbers, shown, item.front.tolerance)


def _copy(item: Item, work: Path) -> None:
    """The item's own files, which is all of the library that its code can change."""
    base = item.folder or item.path.parent
    for path in item.files:
        target = work / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target, follow_symlinks=False)


def _thumbnail(outputs: Outputs, work: Path) -> tuple[bytes, str] | None:
    """The last picture that the run showed, else the first that it exported."""
    shown: list[Any] = [output.get("data") for cell in outputs.values() for output in cell]
    for data in reversed(shown):
        encoded = data.get("image/png") if isinstance(data, dict) else None
        if isinstance(encoded, str):
            try:
                content = base64.b64decode(encoded)
            except ValueError:
                continue
            if is_picture(content, "image/png"):
                return content, "image/png"
    for path in sorted((work / "out").glob("*.png")) + sorted((work / "out").glob("*.svg")):
        kind = "image/png" if path.suffix == ".png" else "image/svg+xml"
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 5 * 1024**2:
            content = path.read_bytes()
            if is_picture(content, kind):
                return content, kind
    return None
