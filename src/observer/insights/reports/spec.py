"""What an ecosystem report says of itself: the `spec` of an item of kind report whose text is a template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from observer.errors import Problem
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.insights.spec import Spec, read_spec

STANDARD = '{% include "_ecosystem.md" %}\n\nPowered by Open Source Observer.\n'
"""The text of a report on a collection that nobody wrote a text for."""


class Every(StrEnum):
    """How often a new edition is due: with each release, or with the first one whose data ends in a new period."""

    RELEASE = "release"
    MONTH = "month"
    QUARTER = "quarter"

    def is_due(self, last: date | None, as_of: date) -> bool:
        """Whether a newer release with data up to `as_of` needs an edition after one with data up to `last`."""
        if last is None or self is Every.RELEASE:
            return True
        months = 1 if self is Every.MONTH else 3
        return _period(as_of, months) > _period(last, months)


def _period(day: date, months: int) -> int:
    return (day.year * 12 + day.month - 1) // months


class ReportSpec(Spec):
    """The spec as written."""

    collection: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    every: Every = Every.RELEASE


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """A report to be made: its name in addresses, the words around it, its template, and how often it is due.

    `title` and `question` are None where nobody wrote a text for the collection.
    """

    slug: str
    title: str | None
    question: str | None
    collection: str
    every: Every
    template: str
    authors: tuple[str, ...] = ()


def is_ecosystem_report(item: Item) -> bool:
    """Whether an item is a template that editions are made from."""
    return item.kind is ItemKind.REPORT and item.path.suffix == ".md" and bool(item.front.spec)


def plan_of(item: Item) -> ReportPlan:
    """The report of an item; ContentError with everything that is wrong with its spec."""
    spec = read_spec(item, ReportSpec)
    authors = tuple(author.name for author in item.front.authors)
    return ReportPlan(item.slug, item.front.title, item.front.question, spec.collection, spec.every, item.body, authors)


def plain_plan(collection: str, every: Every = Every.RELEASE) -> ReportPlan:
    """The report on a collection in the standard words."""
    return ReportPlan(collection, None, None, collection, every, STANDARD)


def check_report(item: Item) -> Iterator[Problem]:
    """The spec is whole, and the template can be written out: its names are known, its blocks are there."""
    from observer.errors import ContentError
    from observer.insights.reports.apart import written_apart
    from observer.insights.reports.sample import sample_facts
    from observer.insights.reports.write import BLOCKS, blocks_named

    plan = plan_of(item)
    try:
        text = written_apart(plan.template, sample_facts(), item.root)
    except ContentError as error:
        for problem in error.problems:
            line = item.body_line + (problem.line or 1) - 1
            yield Problem(item.place, line, problem.what, problem.hint, "template")
        return
    for kind, name in blocks_named(text):
        if name not in BLOCKS.get(kind, ()):
            hint = f"there are {', '.join(BLOCKS.get(kind, ()))}"
            yield Problem(item.place, None, f"there is no {kind} '{name}' in reports", hint, "template")
