"""What a vector says of itself: the `spec` of an item of kind vector."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from pydantic import Field, model_validator

from observer.errors import Problem
from observer.insights.item import Item
from observer.insights.kind import ItemKind
from observer.insights.spec import Spec, read_spec, spec_problem
from observer.insights.vectors.normalise import CUTS, Method
from observer.model.metric import KEY_GRAINS, Grain

_NAME = r"^[a-z][a-z0-9_]*$"
_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_Name = Annotated[str, Field(pattern=_NAME)]

MIN_REASONING = 20
"""How many words say at least why the metric, the set and the normaliser are what they are."""


class Period(Spec):
    """Over what time the metric is taken: a rolling window or all time as of the release, or a bucket by first day."""

    grain: Grain
    bucket: dt.date | None = None

    @model_validator(mode="after")
    def _is_one_moment(self) -> Period:
        if self.bucket is None and self.grain not in KEY_GRAINS:
            raise ValueError(f"a {self.grain.value} needs 'bucket', its first day: the vector is taken at one moment")
        if self.bucket is not None and self.grain in KEY_GRAINS:
            raise ValueError(f"{self.grain.value} ends with the release's data; leave out 'bucket'")
        if self.bucket is not None and not _is_first_day(self.grain, self.bucket):
            raise ValueError(f"{self.bucket} is not the first day of a {self.grain.value}")
        return self

    def __str__(self) -> str:
        words = self.grain.value.replace("_", " ")
        return f"{words} from {self.bucket}" if self.bucket else words


def _is_first_day(grain: Grain, day: dt.date) -> bool:
    if grain is Grain.WEEK:
        return day.weekday() == 0
    months = {Grain.MONTH: range(1, 13), Grain.QUARTER: (1, 4, 7, 10), Grain.YEAR: (1,)}
    return grain not in months or (day.day == 1 and day.month in months[grain])


class Condition(Spec):
    """One condition of the selection: what another number of a project has to be."""

    metric: _Name
    period: Period
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _bounds(self) -> Condition:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give 'at_least', 'at_most' or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("'at_least' is more than 'at_most': no project can meet this")
        return self

    def __str__(self) -> str:
        bounds = [f"at least {self.at_least:g}"] if self.at_least is not None else []
        bounds += [f"at most {self.at_most:g}"] if self.at_most is not None else []
        return f"{self.metric} of {self.period} {' and '.join(bounds)}"

    def holds(self, amount: float) -> bool:
        return (self.at_least is None or amount >= self.at_least) and (self.at_most is None or amount <= self.at_most)


class Selection(Spec):
    """The projects that are compared: members of any of the collections (all projects without), that meet all."""

    collections: tuple[Annotated[str, Field(pattern=_SLUG)], ...] = ()
    conditions: tuple[Condition, ...] = ()

    def told(self) -> tuple[str, ...]:
        """The parts of the selection in words; none where all projects are compared."""
        members = (f"members of {' or '.join(self.collections)}",) if self.collections else ()
        return (*members, *map(str, self.conditions))


class Normaliser(Spec):
    """How values become 0..1; `low` and `high` are the quantiles at which percentile_clip cuts."""

    method: Method
    low: Annotated[float, Field(ge=0, lt=1)] | None = None
    high: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _cuts(self) -> Normaliser:
        if self.method is not Method.PERCENTILE_CLIP and (self.low, self.high) != (None, None):
            raise ValueError(f"'low' and 'high' belong to {Method.PERCENTILE_CLIP.value} alone")
        if self.cuts[0] >= self.cuts[1]:
            raise ValueError("'low' has to be less than 'high'")
        return self

    def __str__(self) -> str:
        cuts = f" from {self.cuts[0]:g} to {self.cuts[1]:g}" if self.method is Method.PERCENTILE_CLIP else ""
        return f"{self.method.value}{cuts}"

    @property
    def cuts(self) -> tuple[float, float]:
        return (CUTS[0] if self.low is None else self.low, CUTS[1] if self.high is None else self.high)


class VectorSpec(Spec):
    """The spec as written."""

    metric: _Name
    period: Period
    selection: Selection = Selection()
    normaliser: Normaliser
    reasoning: Annotated[str, Field(max_length=4000)]

    @model_validator(mode="after")
    def _is_reasoned(self) -> VectorSpec:
        words = len(self.reasoning.split())
        if words < MIN_REASONING:
            what = (
                f"the reasoning has {words} words; say in at least {MIN_REASONING} why this metric, set and normaliser"
            )
            raise ValueError(what)
        return self

    @property
    def metrics(self) -> tuple[str, ...]:
        """All metrics that the vector reads."""
        return tuple(dict.fromkeys([self.metric, *(condition.metric for condition in self.selection.conditions)]))


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector as an item of the library: key, title, tags, and the definition."""

    key: str
    title: str
    question: str
    tags: tuple[str, ...]
    spec: VectorSpec


def vector_of(item: Item) -> Vector:
    """The vector of an item; ContentError with everything that is wrong with its spec."""
    spec = read_spec(item, VectorSpec)
    return Vector(item.key, item.front.title, item.front.question, item.front.tags, spec)


def check_vector(item: Item, grains: Mapping[str, Collection[Grain]]) -> Iterator[Problem]:
    """The metrics are in the catalogue, have the grain, and are told in the front matter. `grains` is by metric."""
    if item.kind is not ItemKind.VECTOR:
        return
    spec = vector_of(item).spec
    conditions = enumerate(spec.selection.conditions)
    used: list[tuple[tuple[str | int, ...], str, Period]] = [((), spec.metric, spec.period)]
    used += [(("selection", "conditions", n), condition.metric, condition.period) for n, condition in conditions]
    for place, name, period in used:
        if name not in grains:
            near = get_close_matches(name, sorted(grains), n=1)
            hint = f"did you mean '{near[0]}'?" if near else "see `observer metrics list`"
            yield spec_problem(item, (*place, "metric"), f"there is no metric '{name}'", hint)
        elif period.grain not in grains[name]:
            hint = f"it has {', '.join(grain.value for grain in grains[name])}"
            yield spec_problem(item, (*place, "period"), f"{name} has no value by {period.grain.value}", hint)
    for name in spec.metrics:
        if name in grains and name not in item.front.metrics:
            what = f"the vector reads {name}, which 'metrics' does not name"
            yield Problem(item.place, item.line("metrics"), what, f"add {name} to 'metrics'", "spec")
