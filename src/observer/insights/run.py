"""One run of an insight on one release, and the folder in which runs are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from observer.insights.item import Item
from observer.insights.numbers import Numbers, differences


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of an item on a release, after `times` runs of the same source there.

    `reproduces` is None after one run, else whether the last one gave the numbers of the first within the tolerance.
    `digest` is the hash of those numbers, `count` how many they are; `source` the hash of the item's files.
    """

    key: str
    release: int
    as_of: str
    ran_at: str
    seconds: float
    source: str
    error: str | None
    cell: int | None
    digest: str
    count: int
    times: int = 1
    reproduces: bool | None = None
    differing: int = 0
    differences: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a run showed, by cell, and the picture that stands for it: its bytes and media type."""

    outputs: dict[int, list[dict[str, Any]]]
    thumbnail: tuple[bytes, str] | None = None


def source_digest(item: Item) -> str:
    """The hash of all files of an item: what a run was a run of."""
    digest = sha256()
    base = item.folder or item.path.parent
    for path in item.files:
        digest.update(path.relative_to(base).as_posix().encode("utf-8") + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


class RunStore:
    """Runs as files: `<folder>/<kind>/<slug>/<release>/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: str, release: int) -> Run | None:
        """The last run of an item on a release."""
        values = _json(self._place(key, release) / "run.json")
        if values is None:
            return None
        known = {field.name for field in fields(Run)}
        facts: dict[str, Any] = {name: value for name, value in values.items() if name in known}
        return Run(**(facts | {"differences": tuple(facts.get("differences", ()))}))

    def numbers(self, key: str, release: int) -> Numbers | None:
        """The numbers that runs of an item on a release are compared with: those of the first."""
        path = self._place(key, release) / "numbers.json"
        return Numbers.from_json(path.read_text(encoding="utf-8")) if path.exists() else None

    def shown(self, key: str, release: int) -> Shown | None:
        """What the last run on a release showed."""
        folder = self._place(key, release)
        values = _json(folder / "outputs.json")
        if values is None:
            return None
        found = next((path for path in sorted(folder.glob("thumbnail.*"))), None)
        kinds = {".png": "image/png", ".svg": "image/svg+xml"}
        thumbnail = (found.read_bytes(), kinds[found.suffix]) if found and found.suffix in kinds else None
        return Shown({int(cell): outputs for cell, outputs in values.items()}, thumbnail)

    def releases(self, key: str) -> tuple[int, ...]:
        """The releases that an item ran on, oldest first."""
        folder = self._folder / key
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return tuple(sorted(int(name) for name in names if name.isdigit()))

    def runs(self, item: Item) -> Iterator[Run]:
        """The runs of an item as it is now, oldest release first."""
        source = source_digest(item)
        for release in self.releases(item.key):
            run = self.read(item.key, release)
            if run is not None and run.source == source:
                yield run

    def write(self, run: Run, numbers: Numbers, shown: Shown, tolerance: float) -> Run:
        """Keeps a run beside the earlier ones on its release; returns it with whether it gives their numbers."""
        before, known = self.read(run.key, run.release), self.numbers(run.key, run.release)
        is_repeated = before is not None and before.source == run.source and before.error is None
        if before is not None and known is not None and is_repeated and run.error is None:
            count, told = differences(known, numbers, tolerance)
            run = replace(
                run,
                times=before.times + 1,
                reproduces=count == 0,
                differing=count,
                differences=told,
                digest=known.digest,
            )
            numbers = known
        folder = self._place(run.key, run.release)
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("thumbnail.*"):
            old.unlink()
        if shown.thumbnail:
            suffix = ".png" if shown.thumbnail[1] == "image/png" else ".svg"
            (folder / f"thumbnail{suffix}").write_bytes(shown.thumbnail[0])
        write_whole(folder / "numbers.json", json.dumps(numbers.as_json()))
        write_whole(folder / "outputs.json", json.dumps(shown.outputs))
        write_whole(folder / "run.json", json.dumps(run.as_json(), indent=1))
        return run

    def _place(self, key: str, release: int) -> Path:
        return self._folder / key / str(release)


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that readers see the old one or the new one, and nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None
