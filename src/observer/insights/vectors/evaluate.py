"""Computes a vector over the numbers of one release. Unknown stays unknown: it gets no score and no place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol

from observer.insights.vectors.definition import Normaliser, Period, Vector
from observer.insights.vectors.normalise import METHODS, Method, percentile_clip, quantile

DIGITS = 9
"""To how many digits scores are told: beyond them sums depend on the order of rows."""


@dataclass(frozen=True, slots=True)
class Member:
    """A project: its id, name and title."""

    project_id: str
    project_name: str
    display_name: str


class Figures(Protocol):
    """The numbers of one release."""

    @property
    def release(self) -> int: ...

    @property
    def as_of(self) -> str: ...

    def projects(self, collections: Sequence[str]) -> Sequence[Member]:
        """All projects, or the members of any of the collections; NotFoundError where there is no such collection."""
        ...

    def amounts(self, metric: str, period: Period) -> Mapping[str, float]:
        """The known values, zero included, by project id. A project that is not in it is unknown."""
        ...


class Place(StrEnum):
    """Where a project stands towards the set."""

    IN_SET = "in set"
    FILTERED = "filtered"
    UNKNOWN = "unknown"
    UNDECIDED = "undecided"
    """A number of the selection is unknown, so that nobody can say whether the project belongs to the set."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A project of a vector. `amount` is None exactly where unknown, `score` (0..1) is None outside of the set.

    `rank` counts from 1 for the best; equal amounts share the better rank.
    """

    member: Member
    place: Place
    amount: float | None
    score: float | None = None
    rank: int | None = None

    def as_json(self) -> dict[str, object]:
        return {
            **asdict(self.member),
            "place": self.place.value,
            "amount": self.amount,
            "score": self.score,
            "rank": self.rank,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A vector on a release: the projects of the set, best first, then all others by name."""

    vector: Vector
    release: int
    as_of: str
    entries: tuple[Entry, ...]

    @property
    def in_set(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.place is Place.IN_SET)

    def count(self, place: Place) -> int:
        return sum(entry.place is place for entry in self.entries)

    def quantiles(self) -> dict[str, float]:
        """Where the scores of the set lie: least, quartiles, upper decile, most. Empty for an empty set."""
        scores = [entry.score for entry in self.in_set if entry.score is not None]
        shares = {"least": 0.0, "quarter": 0.25, "median": 0.5, "three quarters": 0.75, "upper decile": 0.9, "most": 1}
        return {name: round(quantile(scores, share), DIGITS) for name, share in shares.items()} if scores else {}

    def as_json(self) -> dict[str, object]:
        vector = self.vector
        return {
            "vector": vector.key,
            "title": vector.title,
            "tags": list(vector.tags),
            "spec": vector.spec.model_dump(mode="json", exclude_none=True),
            "release": self.release,
            "as_of": self.as_of,
            "counts": {place.value: self.count(place) for place in Place},
            "distribution": self.quantiles(),
            "projects": [entry.as_json() for entry in self.entries],
        }


def evaluate(vector: Vector, figures: Figures) -> Evaluation:
    """The vector on a release. QueryError where the normaliser cannot take the values of the set."""
    spec = vector.spec
    members = figures.projects(spec.selection.collections)
    amounts = figures.amounts(spec.metric, spec.period)
    known = [(c, figures.amounts(c.metric, c.period)) for c in spec.selection.conditions]
    entries = []
    for member in members:
        amount = amounts.get(member.project_id)
        met = [c.holds(found[member.project_id]) if member.project_id in found else None for c, found in known]
        entries.append(Entry(member, _place(amount, met), amount))
    chosen = [entry for entry in entries if entry.place is Place.IN_SET]
    others = sorted((e for e in entries if e.place is not Place.IN_SET), key=lambda e: e.member.project_name)
    return Evaluation(vector, figures.release, figures.as_of, (*_ranked(chosen, spec.normaliser), *others))


def normalise(normaliser: Normaliser, values: Sequence[float]) -> list[float]:
    """The scores of the values of a set, in their order."""
    if normaliser.method is Method.PERCENTILE_CLIP:
        return percentile_clip(values, *normaliser.cuts)
    return METHODS[normaliser.method](values)


def _place(amount: float | None, met: Sequence[bool | None]) -> Place:
    # One condition that is known to fail decides, whatever the unknown ones would be.
    if False in met:
        return Place.FILTERED
    if None in met:
        return Place.UNDECIDED
    return Place.UNKNOWN if amount is None else Place.IN_SET


def _ranked(entries: Sequence[Entry], normaliser: Normaliser) -> Iterator[Entry]:
    values = [entry.amount for entry in entries if entry.amount is not None]
    scored = zip(entries, values, normalise(normaliser, values), strict=True)
    rank = 0
    last: float | None = None
    ordered = sorted(scored, key=lambda each: (-each[1], each[0].member.project_name))
    for number, (entry, amount, score) in enumerate(ordered, start=1):
        if amount != last:
            rank, last = number, amount
        yield Entry(entry.member, Place.IN_SET, amount, round(score, DIGITS), rank)
