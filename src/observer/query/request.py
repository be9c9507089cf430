"""What readers ask for: listings and row queries, with their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, Union

from observer.model.metric import Grain
from observer.query.answers import Entity

MAX_PAGE = 1000
"""The most items of a page anywhere."""

MAX_OFFSET = 10_000
MAX_VALUES = 500
MAX_THRESHOLDS = 4
MAX_DEPTH = 4
MAX_PATTERN = 200
MAX_POINTS = 10_000
FUNCTIONS = (
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "variance",
    "var_pop",
    "var_samp",
)
"""Aggregates that can be asked for."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which entities, in which order, with which values.

    `sort` is "name" or the name of a metric, whose value at `grain` then decides; unknown values come last.
    `descending` is the direction; None takes the natural one (names rising, values falling).
    `text` keeps entities whose name or display name contains it, `within` those inside a project or
    collection, `source` artifacts of one source, `at_least` those whose known values at `grain` reach a threshold.
    `metrics` names the values to give with each entity.
    """

    sort: str = "name"
    descending: bool | None = None
    grain: Grain = Grain.ROLLING_90_DAYS
    metrics: Sequence[str] = ()
    text: str | None = None
    within: Entity | None = None
    source: str | None = None
    at_least: Mapping[str, float] = field(default_factory=dict)
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: types (all if empty) and days, both included."""

    event_types: Sequence[str] = ()
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class TypeName:
    """A constant text in the answer: the name of the type that an object has there."""

    name: str


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A text in the conditions of a query, or its offset, that is given when the query runs, under this name."""

    name: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Rows of one published table, Hasura style.

    `where` is for instance {"project_name": {"_ilike": "%uni%"}, "_or": [{...}, {...}]}; a condition whose
    operand is None is left out. `order_by` is a sequence of (column, direction) with directions asc, desc
    and asc/desc with _nulls_first or _nulls_last. `columns` names those wanted, or maps the name that each has
    in the answer to its column; empty means all. `limit` may be None for aggregates alone.
    """

    table: str
    columns: Sequence[str] | Mapping[str, str | TypeName] = ()
    where: Mapping[str, object] = field(default_factory=dict)
    order_by: Sequence[tuple[str, str]] = ()
    distinct_on: Sequence[str] = ()
    limit: int | None = 100
    offset: int | Placeholder = 0


class UnknownTextError(Exception):
    """A query depends on a text that is not given yet: it cannot be prepared without it."""


@dataclass(frozen=True, slots=True)
class PreparedRows:
    """The statement of a RowQuery on one release, with its values, some of which may be placeholders."""

    statement: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Measure:
    """One aggregate of columns: one of FUNCTIONS; `count` takes none, one or several."""

    function: str
    columns: Sequence[str] = ()
    is_distinct: bool = False


@dataclass(frozen=True, slots=True)
class Nodes:
    """The rows themselves beside their aggregates."""

    columns: Mapping[str, str | TypeName]


Shape: TypeAlias = Mapping[str, Union[Measure, Nodes, TypeName, "Shape"]]
"""An object of the answer: its names, each with what stands there."""


@dataclass(frozen=True, slots=True)
class AggregateQuery:
    """Aggregates over the rows of a query, whose columns are left out, in the shape of the answer."""

    rows: RowQuery
    shape: Shape


def one_of(text: str, choices: Sequence[str]) -> str:
    """The text where it is one of the choices; ValueError with all of them, and the nearest, where it is none."""
    if text in choices:
        return text
    from difflib import get_close_matches

    near = get_close_matches(text, choices, n=1)
    told = f"'{text[:50]}' is not one of {', '.join(choices)}"
    raise ValueError(f"{told}; did you mean '{near[0]}'?" if near else told)


def parse_day(text: str) -> date:
    """A day in ISO form; ValueError where it is none, or so far away that days cannot be added to it."""
    found = date.fromisoformat(text)
    if not 1000 <= found.year <= 9000:
        raise ValueError("must be in the years 1000 to 9000")
    return found
