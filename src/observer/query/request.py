"""What readers ask for: listings and row queries, with their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from observer.model.metric import Grain
from observer.query.answers import Entity

MAX_PAGE = 1000
"""The most items of a page anywhere."""

MAX_OFFSET = 10_000
MAX_VALUES = 500
MAX_DEPTH = 4
MAX_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Listing:
    """Which entities, in which order, with which values.

    `sort` is "name" or the name of a metric, whose value at `grain` then decides; unknown values come last.
    `descending` is the direction; None takes the natural one (names rising, values falling).
    `text` keeps entities whose name or display name contains it, `within` those inside a project or
    collection, `source` artifacts of one source. `metrics` names the values to give with each entity.
    """

    sort: str = "name"
    descending: bool | None = None
    grain: Grain = Grain.ROLLING_90_DAYS
    metrics: Sequence[str] = ()
    text: str | None = None
    within: Entity | None = None
    source: str | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: types (all if empty) and days, both included."""

    event_types: Sequence[str] = ()
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class RowQuery:
    """Rows of one published table, Hasura style.

    `where` is for instance {"project_name": {"_ilike": "%uni%"}, "_or": [{...}, {...}]}; a condition whose
    operand is None is left out. `order_by` is a sequence of (column, direction) with directions asc, desc
    and asc/desc with _nulls_first or _nulls_last. `columns` names those wanted, or maps the name that each has
    in the answer to its column; empty means all.
    """

    table: str
    columns: Sequence[str] | Mapping[str, str] = ()
    where: Mapping[str, object] = field(default_factory=dict)
    order_by: Sequence[tuple[str, str]] = ()
    distinct_on: Sequence[str] = ()
    limit: int = 100
    offset: int = 0
