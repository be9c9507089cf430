"""The report on items: what a reviewer needs, as text and as JSON for a pull request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from observer.errors import ContentError, Problem
from observer.insights.checking.files import check_data, check_files, check_shape, check_uses
from observer.insights.checking.originality import Similar, check_originality, shingles, similar_items
from observer.insights.checking.specs import check_spec
from observer.insights.checking.text import (
    check_attribution,
    check_code,
    check_explanation,
    check_links,
    check_outputs,
    check_secrets,
)
from observer.insights.item import Item, read_items
from observer.insights.kind import ItemKind
from observer.insights.run import Run
from observer.model.metric import Grain

CHECKS: tuple[Callable[[Item], Iterable[Problem]], ...] = (
    check_files,
    check_shape,
    check_data,
    check_explanation,
    check_attribution,
    check_links,
    check_secrets,
    check_outputs,
    check_code,
)
"""The checks that look at one item alone."""

Contract = Callable[[Path], Iterable[str]]
"""What is wrong with the function and docstring of a visualization, one sentence each."""


@dataclass(frozen=True, slots=True)
class Known:
    """What items may name: tables of a release, metrics of the catalogue with their grains; the contract of charts."""

    tables: Collection[str]
    metrics: Mapping[str, Collection[Grain]]
    contract: Contract | None = None


@dataclass(frozen=True, slots=True)
class ItemReport:
    """What was found about one item; `run` is None where it was not run."""

    item: Item
    problems: tuple[Problem, ...]
    similar: tuple[Similar, ...]
    run: Run | None = None

    @property
    def is_accepted(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, object]:
        front = self.item.front
        return {
            "item": self.item.key,
            "path": self.item.place,
            "title": front.title,
            "question": front.question,
            "authors": [author.name for author in front.authors],
            "accepted": self.is_accepted,
            "problems": [asdict(problem) for problem in self.problems],
            "similar": [asdict(near) for near in self.similar],
            "run": self.run.as_json() if self.run else None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The reports on some items of a library, and what is wrong with files that could not be read as items."""

    items: tuple[ItemReport, ...]
    unread: tuple[Problem, ...] = field(default=())

    @property
    def is_accepted(self) -> bool:
        return not self.unread and all(report.is_accepted for report in self.items)

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong, in order of files and lines."""
        found = [*self.unread, *(problem for report in self.items for problem in report.problems)]
        return sorted(found, key=lambda p: (p.path, p.line or 0, p.what))

    def as_json(self) -> dict[str, object]:
        return {
            "accepted": self.is_accepted,
            "items": [report.as_json() for report in self.items],
            "problems": [asdict(problem) for problem in self.unread],
        }


def check_library(
    root: Path, known: Known, chosen: Sequence[Path] = (), run: Callable[[Item], Iterator[Run]] | None = None
) -> Report:
    """The report on the items at the paths `chosen`, or on all of the library.

    `run` runs an item twice and gives both runs; without it nothing is run. Items are compared with all others.
    """
    items, unread = read_items(root)
    if not items and not unread and not chosen:
        raise ContentError.one(str(root), None, "there are no insights here", hint="begin with `observer insights new`")
    phrases = {item.key: shingles(item) for item in items}
    keys = frozenset(phrases)
    reports = []
    for item in items:
        if _is_chosen(item.path, chosen):
            near = similar_items(item, phrases)
            problems = [
                *_of_one(item),
                *check_originality(item, near),
                *check_uses(item, keys, known.tables, known.metrics),
                *check_spec(item, items, known.metrics),
            ]
            if item.kind is ItemKind.VISUALIZATION and known.contract is not None:
                problems += [
                    Problem(item.place, None, told, _CONTRACT, "contract") for told in known.contract(item.path)
                ]
            # Code that the text already disqualifies is not run.
            runs = list(run(item)) if run and not problems else []
            problems += [problem for done in runs[-1:] for problem in run_problems(item, done)]
            reports.append(ItemReport(item, tuple(sorted(set(problems))), near, runs[-1] if runs else None))
    own = tuple(p for p in unread if _is_chosen(root / p.path, chosen))
    return Report(tuple(reports), own)


def run_problems(item: Item, run: Run) -> Iterator[Problem]:
    """What a run says against an item."""
    if run.error is not None:
        where = f"cell {run.cell}: " if run.cell else ""
        hint = "it must run from its top in a clean environment, on the release alone"
        yield Problem(item.place, None, f"{where}{run.error}", hint, "run")
    elif not run.count and item.kind is not ItemKind.VISUALIZATION:
        yield Problem(item.place, None, "the run exports no numbers", _EXPORT, "export")
    elif run.reproduces is False:
        first = run.differences[0] if run.differences else "another result"
        what = f"two runs on release {run.release} differ in {run.differing} places: {first}"
        yield Problem(item.place, None, what, "set the seed, order rows, or state a tolerance", "replicability")


_CONTRACT = "see 'One contract' in docs/guides/visualizations.md"
_EXPORT = "write the tables that the text stands on to out/, as CSV or JSON"


def _of_one(item: Item) -> Iterator[Problem]:
    for check in CHECKS:
        yield from check(item)


def _is_chosen(path: Path, chosen: Sequence[Path]) -> bool:
    whole = path.resolve()
    return not chosen or any(whole.is_relative_to(one.resolve()) or one.resolve() == whole for one in chosen)
