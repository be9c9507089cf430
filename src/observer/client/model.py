"""The server's answers as records. Keys that this version does not know are left out; times are aware and in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from observer.client.table import Framed

T = TypeVar("T")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entity:
    """An artifact, project or collection; `reference` is how other questions name it."""

    entity_type: str
    id: str
    source: str
    namespace: str
    name: str
    legacy_id: str | None = None
    display_name: str | None = None
    description: str | None = None
    url: str | None = None
    artifact_type: str | None = None
    former_name: str | None = None

    @property
    def reference(self) -> str:
        """The entity in one text, for instance `project/oso` or `artifact/GITHUB/oso/observer`."""
        if self.entity_type == "artifact":
            return f"artifact/{self.source}/{self.namespace or '-'}/{self.name}"
        return f"{self.entity_type}/{self.name}"


@dataclass(frozen=True, slots=True)
class KeyMetric:
    """One current value: `amount` is None exactly where `state` is `unknown`; `coverage_ratio` is 0..1."""

    metric: str
    display_name: str
    unit: str
    kind: str
    grain: str
    sample_date: date
    amount: float | None
    state: str
    coverage_ratio: float
    covered_from: date | None = None
    covered_to: date | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An entity in a list, with the values asked for."""

    entity: Entity
    values: tuple[KeyMetric, ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An entity found by text; `score` is 0..1, `matched` the name that matched."""

    entity: Entity
    score: float
    matched: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as defined; `definition` is its YAML, `sql` what computes it."""

    name: str
    display_name: str
    description: str
    unit: str
    kind: str
    version: int
    definition: str
    sql: str
    caveats: str | None = None
    event_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket, from `first_day` to `last_day`: value, zero or unknown (`amount` is None)."""

    bucket: date
    first_day: date
    last_day: date
    amount: float | None
    state: str
    coverage_ratio: float
    is_partial: bool
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Series(Framed):
    """The values of one metric for one entity; a frame of it has one row a point, unknown amounts as null."""

    metric: Metric
    entity: Entity
    grain: str
    unit: str
    start: date
    end: date
    as_of: date
    release: int
    points: tuple[Point, ...]

    def columns(self) -> dict[str, list[Any]]:
        names = ("bucket", "first_day", "last_day", "amount", "state", "coverage_ratio", "is_partial", "is_complete")
        head: dict[str, list[Any]] = {
            "metric": [self.metric.name] * len(self.points),
            "entity": [self.entity.reference] * len(self.points),
        }
        return head | {name: [getattr(point, name) for point in self.points] for name in names}


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `record_ref` leads to the source record. `amount` None: the count is unknown."""

    event_id: str
    time: datetime
    event_type: str
    event_source: str
    to_artifact_namespace: str
    to_artifact_name: str
    record_ref: str
    amount: float | None = None
    unit: str | None = None
    from_name: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list of a release; `next_cursor` is None on the last one."""

    items: tuple[T, ...]
    release: int
    as_of: date
    next_cursor: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a number is what it is: `row_count` events and `user_count` users are behind `point`.

    People are None where very many events are behind it and nobody asked for them. `answer` is the server's whole
    answer: definition, SQL, models, events, users.
    """

    metric: Metric
    entity: Entity
    grain: str
    point: Point
    row_count: int
    amount_of_rows: float | None
    user_count: int | None
    counted_users: int | None
    release: int = 0
    answer: Json = field(default_factory=dict, repr=False)


def build(kind: type[T], value: Any) -> T:
    """A record from the server's JSON."""
    hints = get_type_hints(kind)
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _value(hints[name], item) for name, item in value.items() if name in known})


def build_page(kind: type[T], answer: Json) -> Page[T]:
    """A page from the envelope of a list."""
    items = tuple(build(kind, item) for item in answer["data"])
    as_of = date.fromisoformat(answer["as_of"])
    return Page(items, answer["release"], as_of, answer.get("next_cursor"), answer.get("total"))


def build_explanation(answer: Json) -> Explanation:
    """An explanation, whose release the envelope names."""
    data = answer["data"]
    return build(Explanation, {**data, "release": answer["release"], "answer": data})


def _value(hint: Any, value: Any) -> Any:
    if value is None or hint is Any:
        return value
    if get_origin(hint) is UnionType:
        hint = next(option for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], item) for item in value)
    if hint is date:
        return date.fromisoformat(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return build(hint, value)
    return float(value) if hint is float else value
