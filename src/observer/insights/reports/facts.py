"""What a report can tell of a collection, computed from the numbers of one release. Pure; unknown stays unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import fsum

from observer.insights.reports.figures import (
    METRICS,
    PEOPLE,
    RECENT,
    WINDOWS,
    WORK,
    Bucket,
    Funding,
    Known,
    ReportFigures,
    Standing,
    Subject,
    Word,
)
from observer.model.metric import Grain
from observer.model.table import EntityType

MONTHS = 24
"""How many months charts go back."""

WHOLE = 0.995
"""From which share on something counts as wholly seen."""


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project of the collection. `amounts` are of the last 180 days by metric, None where unknown.

    `before` and `latest` are commits of the last two complete quarters; `seen` is the share of its work, 0 to 1, that
    the number of commits stands on.
    """

    subject: Subject
    amounts: Mapping[str, float | None]
    before: float | None = None
    latest: float | None = None
    seen: float | None = None

    @property
    def change(self) -> float | None:
        """By how much the last complete quarter has more commits than the one before it."""
        return None if self.before is None or self.latest is None else self.latest - self.before


@dataclass(frozen=True, slots=True)
class Spread:
    """How the work of the last 180 days is spread over the projects of which it is known.

    `half` is the least number of projects that did half of it; `gini` and the shares are None where nothing was done.
    """

    known: int
    active: int
    unknown: int
    total: float
    half: int
    gini: float | None
    first_share: float | None
    ten_share: float | None

    @property
    def is_telling(self) -> bool:
        """Whether a few projects can be told from the rest: with two known ones they cannot."""
        return self.gini is not None and self.known > 2


@dataclass(frozen=True, slots=True)
class Change:
    """A number of the collection then and now."""

    metric: str
    grain: Grain
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Since:
    """What is unlike the edition before: its release and last day, projects that came and went, numbers."""

    release: int
    as_of: date
    joined: tuple[str, ...]
    left: tuple[str, ...]
    numbers: tuple[Change, ...]

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(change for change in self.numbers if change.before != change.after)


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `now` has the collection's current values by metric and window, `seen` by metric the share, 0 to 1,
    of the last 180 days of its projects that was seen.
    """

    collection: Subject
    release: int
    as_of: date
    words: Mapping[str, Word]
    now: Mapping[tuple[str, Grain], float | None]
    projects: tuple[ProjectFacts, ...]
    months: Mapping[str, Sequence[Bucket]]
    spread: Spread
    funding: tuple[Funding, ...]
    standing: tuple[Standing, ...]
    since: Since | None = None
    seen: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def leaders(self) -> tuple[ProjectFacts, ...]:
        """Projects with known work, most first."""
        return tuple(sorted(filter(_has_work, self.projects), key=lambda p: (-(p.amounts[WORK] or 0), p.subject.name)))

    @property
    def funders(self) -> tuple[str, ...]:
        """Those who are named, the one with the largest known sum first."""
        sums: dict[str, float] = {}
        for each in self.funding:
            if each.funder is not None:
                sums[each.funder] = sums.get(each.funder, 0.0) + (each.amount or 0.0)
        return tuple(sorted(sums, key=lambda funder: (-sums[funder], funder)))

    def movers(self, direction: int) -> tuple[ProjectFacts, ...]:
        """Projects that did more (1) or less (-1) in the last complete quarter than in the one before."""
        moved = [(p.change * direction, p) for p in self.projects if p.change]
        return tuple(p for change, p in sorted(moved, key=lambda each: (-each[0], each[1].subject.name)) if change > 0)

    def last_months(self, metric: str, count: int, skip: int = 0) -> float | None:
        """The sum of `count` complete months, `skip` before the last; None where one is unknown or not there."""
        complete = [bucket.amount for bucket in self.months.get(metric, ()) if bucket.is_complete]
        chosen = complete[len(complete) - count - skip : len(complete) - skip]
        if len(complete) < count + skip or any(amount is None for amount in chosen):
            return None
        return fsum(amount for amount in chosen if amount is not None)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is kept of an edition for the next one: members by name, and the collection's numbers."""

    release: int
    as_of: date
    members: Mapping[str, str]
    numbers: Mapping[tuple[str, Grain], float | None]


def gather(figures: ReportFigures, collection_name: str, earlier: Earlier | None = None) -> Facts:
    """The facts on a collection; NotFoundError where the release has none of the name."""
    collection, words = figures.collection(collection_name), figures.words()
    metrics = [name for name in METRICS if name in words]
    members = figures.members(collection)
    current = figures.current(collection, metrics)
    quarters = figures.quarters(members, WORK, _quarters_back(figures.as_of, 3))

    def known(kind: EntityType, of: Subject, metric: str, grain: Grain = RECENT) -> Known:
        return current.get((kind, of.id, metric, grain), Known())

    projects = tuple(
        _project(member, {name: known(EntityType.PROJECT, member, name) for name in metrics}, quarters)
        for member in members
    )
    whole = EntityType.COLLECTION
    now = {(name, grain): known(whole, collection, name, grain).amount for name in metrics for grain in WINDOWS}
    return Facts(
        collection,
        figures.release,
        figures.as_of,
        words,
        now,
        projects,
        figures.months(collection, [name for name in metrics if name in (WORK, PEOPLE)], _months_back(figures.as_of)),
        spread_of([project.amounts.get(WORK) for project in projects]),
        tuple(figures.funding(collection)),
        tuple(figures.standing(collection)),
        _since(earlier, members, now) if earlier else None,
        {name: known(whole, collection, name).seen for name in metrics},
    )


def spread_of(amounts: Sequence[float | None]) -> Spread:
    """How evenly amounts are spread; the Gini coefficient is that of the known ones, zeros included."""
    known = sorted(amount for amount in amounts if amount is not None)
    total, count = fsum(known), len(known)
    if total <= 0:
        return Spread(count, 0, len(amounts) - count, total, 0, None, None, None)
    running, half = 0.0, 0
    for half, amount in enumerate(reversed(known), start=1):  # noqa: B007 - the last one counts
        running += amount
        if running >= total / 2:
            break
    gini = 2 * fsum(rank * amount for rank, amount in enumerate(known, 1)) / (count * total) - (count + 1) / count
    return Spread(
        count,
        sum(amount > 0 for amount in known),
        len(amounts) - count,
        total,
        half,
        gini,
        known[-1] / total,
        fsum(known[-10:]) / total,
    )


def _has_work(project: ProjectFacts) -> bool:
    return project.amounts.get(WORK) is not None


def _project(member: Subject, current: Mapping[str, Known], quarters: Mapping[str, Sequence[Bucket]]) -> ProjectFacts:
    complete = [bucket.amount for bucket in quarters.get(member.id, ()) if bucket.is_complete]
    before, latest = complete[-2:] if len(complete) > 1 else (None, None)
    amounts = {name: each.amount for name, each in current.items()}
    return ProjectFacts(member, amounts, before, latest, current.get(WORK, Known()).seen)


def _since(earlier: Earlier, members: Sequence[Subject], now: Mapping[tuple[str, Grain], float | None]) -> Since:
    names = {member.name: member.title for member in members}
    return Since(
        earlier.release,
        earlier.as_of,
        tuple(title for name, title in names.items() if name not in earlier.members),
        tuple(title for name, title in earlier.members.items() if name not in names),
        tuple(Change(*key, earlier.numbers[key], after) for key, after in now.items() if key in earlier.numbers),
    )


def _months_back(as_of: date) -> date:
    months = as_of.year * 12 + as_of.month - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _quarters_back(as_of: date, count: int) -> date:
    quarters = as_of.year * 4 + (as_of.month - 1) // 3 - count
    return date(quarters // 4, quarters % 4 * 3 + 1, 1)
