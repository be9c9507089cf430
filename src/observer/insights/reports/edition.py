"""Editions of reports as files: `<folder>/<slug>/<release>/`, each whole or not there; the website reads them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from observer.insights.reports.facts import Earlier, Facts
from observer.insights.reports.figures import METRICS, RECENT, WINDOWS, WORK
from observer.model.metric import Grain

FORM = 1
"""The form of `edition.json`; readers refuse another one."""


@dataclass(frozen=True, slots=True)
class Edition:
    """What is known of an edition beside its text: dates in ISO form, `pages` of the PDF, `charts` by name.

    `members` are the projects by name with their titles, `numbers` the collection's current values by metric and
    window, None where unknown.
    """

    slug: str
    title: str
    lead: str
    authors: tuple[str, ...]
    collection: str
    release: int
    as_of: str
    made_at: str
    seconds: float
    charts: tuple[str, ...]
    members: Mapping[str, str]
    numbers: Mapping[str, Mapping[str, float | None]]
    since_release: int | None

    def as_json(self) -> dict[str, object]:
        return {"form": FORM, **asdict(self)}

    def earlier(self) -> Earlier:
        """What the next edition is compared with."""
        numbers = {(m, Grain(g)): amount for m, by_grain in self.numbers.items() for g, amount in by_grain.items()}
        return Earlier(self.release, date.fromisoformat(self.as_of), self.members, numbers)


class EditionStore:
    """The editions in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def editions(self, slug: str) -> Iterator[Edition]:
        """The editions of a report, newest release first."""
        base = self.folder / slug
        found = [path for path in base.iterdir() if path.name.isdigit()] if base.is_dir() else []
        for path in sorted(found, key=lambda path: -int(path.name)):
            edition = _read(path / "edition.json")
            if edition is not None:
                yield edition

    def before(self, slug: str, collection: str, release: int) -> Edition | None:
        """The newest edition on an older release, of the same collection."""
        return next((e for e in self.editions(slug) if e.release < release and e.collection == collection), None)

    def write(self, edition: Edition, files: Mapping[str, bytes]) -> Path:
        """Puts an edition in the place of the one that there may be on its release; `files` by path below it."""
        place = self.folder / edition.slug / str(edition.release)
        part = place.with_name(f".{place.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        for name, content in files.items():
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_bytes(content)
        (part / "edition.json").write_text(json.dumps(edition.as_json(), indent=1), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        part.replace(place)
        return place


def numbers_of(facts: Facts) -> dict[str, dict[str, float | None]]:
    """The collection's current values by metric and window."""
    names = [name for name in METRICS if name in facts.words]
    return {name: {grain.value: facts.now[name, grain] for grain in WINDOWS} for name in names}


def numbers_csv(facts: Facts) -> bytes:
    """Every number of the report: entity, metric, window or month, amount, share seen; what is empty is unknown."""
    buffer = io.StringIO()
    write = csv.writer(buffer, lineterminator="\n").writerow
    write(("entity_type", "entity_name", "metric_name", "period", "amount", "coverage_ratio"))
    name = facts.collection.name
    for (metric, grain), amount in facts.now.items():
        seen = facts.seen.get(metric) if grain is RECENT else None
        write(("collection", name, metric, grain.value, _plain(amount), _plain(seen)))
    for metric, buckets in facts.months.items():
        for bucket in buckets:
            write(("collection", name, metric, f"month {bucket.first_day}", _plain(bucket.amount), ""))
    for project in facts.projects:
        for metric, amount in project.amounts.items():
            seen = project.seen if metric == WORK else None
            write(("project", project.subject.name, metric, RECENT.value, _plain(amount), _plain(seen)))
    return buffer.getvalue().encode("utf-8")


def _plain(amount: float | None) -> str:
    return "" if amount is None else repr(float(amount))


def _read(path: Path) -> Edition | None:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if values.get("form") != FORM:
        return None
    known = {field.name: values[field.name] for field in fields(Edition) if field.name in values}
    return Edition(**(known | {name: tuple(known.get(name, ())) for name in ("authors", "charts")}))
