"""The numbers of a release that a report is written from, asked through one port; its parts are records alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from observer.model.metric import Grain
from observer.model.table import EntityType

WORK = "commits"
PEOPLE = "active_developers"
METRICS = (
    WORK,
    PEOPLE,
    "contributors",
    "new_contributors",
    "pull_requests_merged",
    "issues_closed",
    "releases",
    "stars",
)
"""What a report tells of a collection and of its projects: the first two are its thread."""

WINDOWS = (Grain.ROLLING_30_DAYS, Grain.ROLLING_90_DAYS, Grain.ROLLING_180_DAYS, Grain.ALL)
RECENT = Grain.ROLLING_180_DAYS
"""The window by which projects are compared: long enough for those that release twice a year."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A collection or project: id, name in addresses, title for people."""

    id: str
    name: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """A metric as it is told: title and unit."""

    title: str
    unit: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """One month or quarter of a series; `amount` is None where unknown, `is_complete` False where it has not ended."""

    first_day: date
    amount: float | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Funding:
    """What a project of the collection received from one funder in one round, in USD; None where it is unknown.

    `funder` is None where the source names nobody, `grant_pool` where it names no round; `awards` is how many.
    """

    funder: str | None
    project: str
    amount: float | None
    grant_pool: str | None = None
    awards: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """How many projects of the collection stand on a project, in use and in development alone."""

    project: str
    dependents: int
    development: int


class Known(NamedTuple):
    """A current value and the share of its window, 0 to 1, that was seen; each None where unknown."""

    amount: float | None = None
    seen: float | None = None


Current = Mapping[tuple[EntityType, str, str, Grain], Known]
"""What is known by type and id of the entity, metric and window. A collection and a project of one name have one id."""


class ReportFigures(Protocol):
    """One release."""

    @property
    def release(self) -> int: ...

    @property
    def as_of(self) -> date: ...

    def words(self) -> Mapping[str, Word]:
        """All metrics by name."""
        ...

    def collection(self, name: str) -> Subject:
        """The collection; NotFoundError where the release has none of the name."""
        ...

    def members(self, collection: Subject) -> Sequence[Subject]:
        """Its projects, by name."""
        ...

    def current(self, collection: Subject, metrics: Sequence[str]) -> Current:
        """Current values of the collection and of its projects, over all windows."""
        ...

    def months(self, collection: Subject, metrics: Sequence[str], start: date) -> Mapping[str, Sequence[Bucket]]:
        """The collection's months by metric, oldest first."""
        ...

    def quarters(self, members: Sequence[Subject], metric: str, start: date) -> Mapping[str, Sequence[Bucket]]:
        """The quarters of each project by id, oldest first."""
        ...

    def funding(self, collection: Subject) -> Sequence[Funding]:
        """What its projects received, as far as sources tell."""
        ...

    def standing(self, collection: Subject) -> Sequence[Standing]:
        """The projects that others of the collection stand on, those with most dependents first."""
        ...
