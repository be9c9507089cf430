"""The numbers of an insight: the tables that it exports to `out/` as CSV or JSON, compared cell by cell."""

from __future__ import annotations

import csv
import io
import json
import math
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

MAX_FILES = 50
MAX_BYTES = 10 * 1024**2
MAX_CELLS = 500_000
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a run exported: for each file of `out/` its rows of text, numbers in the shortest form that tells them."""

    files: Mapping[str, tuple[tuple[str, ...], ...]]

    @property
    def digest(self) -> str:
        """One hash of all of it."""
        return sha256(json.dumps(self.as_json(), sort_keys=True).encode("utf-8")).hexdigest()

    @property
    def count(self) -> int:
        """How many cells hold a number."""
        return sum(_number(cell) is not None for rows in self.files.values() for row in rows for cell in row)

    def as_json(self) -> dict[str, list[list[str]]]:
        return {name: [list(row) for row in rows] for name, rows in sorted(self.files.items())}

    @classmethod
    def from_json(cls, text: str) -> Numbers:
        return cls({name: tuple(map(tuple, rows)) for name, rows in json.loads(text).items()})


def read_numbers(folder: Path) -> Numbers:
    """What stands in `folder`, written by code that is not trusted; ValueError where that is too much or broken."""
    files: dict[str, tuple[tuple[str, ...], ...]] = {}
    total = cells = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix not in (".csv", ".json"):
            continue
        facts = path.lstat()
        total += facts.st_size
        if not stat.S_ISREG(facts.st_mode) or total > MAX_BYTES or len(files) >= MAX_FILES:
            raise ValueError(f"out/{path.name}: exports are at most {MAX_FILES} files and {MAX_BYTES >> 20} MB")
        rows = _rows(path)
        cells += sum(map(len, rows))
        if cells > MAX_CELLS:
            raise ValueError(f"out/{path.name}: exports have at most {MAX_CELLS:,} cells; aggregate first")
        files[path.name] = rows
    return Numbers(files)


def differences(before: Numbers, after: Numbers, tolerance: float) -> tuple[int, tuple[str, ...]]:
    """How many cells differ by more than `tolerance` (relatively), and the first of them in words."""
    count = 0
    shown: list[str] = []
    for told in _differences(before, after, tolerance):
        count += 1
        if len(shown) < _SHOWN:
            shown.append(told)
    return count, tuple(shown)


def _differences(before: Numbers, after: Numbers, tolerance: float) -> Iterator[str]:
    for name in sorted(before.files.keys() | after.files.keys()):
        old, new = before.files.get(name), after.files.get(name)
        if old is None or new is None:
            yield f"{name} is {'new' if old is None else 'gone'}"
            continue
        if len(old) != len(new):
            yield f"{name} has {len(new):,} rows in place of {len(old):,}"
        for line, (one, other) in enumerate(zip(old, new, strict=False), start=1):
            if len(one) != len(other):
                yield f"{name}:{line} has {len(other)} columns in place of {len(one)}"
            yield from (
                f"{name}:{line} column {place} is {b[:40]} in place of {a[:40]}"
                for place, (a, b) in enumerate(zip(one, other, strict=False), start=1)
                if not _equal(a, b, tolerance)
            )


def _equal(one: str, other: str, tolerance: float) -> bool:
    if one == other:
        return True
    a, b = _number(one), _number(other)
    return a is not None and b is not None and math.isclose(a, b, rel_tol=tolerance, abs_tol=0.0)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _rows(path: Path) -> tuple[tuple[str, ...], ...]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            return tuple(tuple(map(_plain, row)) for row in csv.reader(io.StringIO(text)))
        return tuple(_flat(json.loads(text), ""))
    except (ValueError, RecursionError, csv.Error) as error:
        raise ValueError(f"out/{path.name} cannot be read: {error}") from error


def _flat(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _flat(value[key], f"{place}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, f"{place}[{index}]")
    else:
        yield place, _plain(json.dumps(value))


def _plain(text: str) -> str:
    """Numbers by their value, so that 1.0 and 1.00 are one; other text as it is."""
    found = _number(text)
    if found is None:
        return text
    return str(int(found)) if found.is_integer() and abs(found) < 2**53 else repr(found)
