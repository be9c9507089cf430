"""What the read model answers: frozen records that serialise as they are (dates as ISO text, states as words)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Generic, TypeVar

from observer.model.metric import Grain
from observer.model.people import UserClass
from observer.model.published import EntityType
from observer.model.release import Release
from observer.model.state import State
from observer.model.sync import Age, Freshness

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `next_cursor` is None on the last page; `total` counts all pages where it is cheap."""

    items: tuple[T, ...]
    next_cursor: str | None
    total: int | None


@dataclass(frozen=True, slots=True)
class ReleaseEntry:
    """A release in the list of those that can be read."""

    release: Release
    is_current: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """An artifact, project or collection.

    `id` is the primary id, `legacy_id` the 2024 one. Projects and collections have no `url`, no
    `artifact_type` and no `source_id`. `former_name` is the name that was asked for where the entity has
    another one today.
    """

    entity_type: EntityType
    id: str
    legacy_id: str | None
    source: str
    namespace: str
    name: str
    display_name: str | None = None
    description: str | None = None
    url: str | None = None
    artifact_type: str | None = None
    source_id: str | None = None
    record_ref: str | None = None
    former_name: str | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """What is known about a repository beside its events; None means not known, never zero.

    `role` is own, fork, mirror or vendored.
    """

    artifact_id: str
    url: str | None
    default_branch: str | None
    is_fork: bool | None
    role: str
    star_count: int | None
    fork_count: int | None
    first_commit_at: datetime | None
    last_commit_at: datetime | None
    commit_count: int | None
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArtifactName:
    """A name that an artifact has or had; an open end is None. `basis` says how the name is known."""

    namespace: str
    name: str
    valid_from: datetime | None
    valid_to: datetime | None
    basis: str | None


@dataclass(frozen=True, slots=True)
class KeyMetric:
    """One current value: `amount` is None exactly where `state` is unknown; `coverage_ratio` is 0..1."""

    metric: str
    display_name: str
    unit: str
    kind: str
    grain: Grain
    sample_date: date
    amount: float | None
    state: State
    coverage_ratio: float
    covered_from: date | None
    covered_to: date | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An entity in a list, with the values asked for, in the order asked for."""

    entity: Entity
    values: tuple[KeyMetric, ...]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """An entity found by text; `score` is 0..1, `matched` the name that matched (it may be a former one)."""

    entity: Entity
    score: float
    matched: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as defined: `definition` is its YAML, `sql` what computes it, both as published; `topic` its folder."""

    id: str
    name: str
    display_name: str
    description: str
    unit: str
    kind: str
    version: int
    owner: str | None
    caveats: str | None
    event_types: tuple[str, ...]
    definition: str
    sql: str
    headline_grain: str | None
    topic: str


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket of a series, covering `first_day` to `last_day`, both included.

    `amount` is None exactly where `state` is unknown. `coverage_ratio` is the share of days and event types
    that were seen over the entity's artifacts; `is_partial` marks a known value with a ratio below 1.
    `is_complete` is False where the period ends after the release's `as_of`.
    """

    bucket: date
    first_day: date
    last_day: date
    amount: float | None
    state: State
    coverage_ratio: float
    is_partial: bool
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one metric for one entity, a point for every bucket from `start` to `end`, oldest first.

    `classes` are the classes of users that count; none where a metric counts no users.
    """

    metric: Metric
    entity: Entity
    grain: Grain
    unit: str
    start: date
    end: date
    as_of: date
    release: int
    points: tuple[Point, ...]
    classes: tuple[UserClass, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityCoverage:
    """How many of an entity's artifacts were seen for one event type, over one run of days, both included.

    `covered_count` artifacts were seen as a whole on each of the days; `partial_sum` is the sum of the shares
    (0..1) of those that were seen in part, for instance half of the hours.
    """

    event_type: str
    start_date: date
    end_date: date
    covered_count: int
    partial_sum: float
    artifact_count: int


@dataclass(frozen=True, slots=True)
class ArtifactCoverage:
    """One run of days with the same state for one artifact, source and event type."""

    artifact_id: str
    artifact_namespace: str
    artifact_name: str
    event_source: str
    event_type: str
    start_date: date
    end_date: date
    expected_count: int | None
    seen_count: int | None
    state: State
    basis: str | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event with the names of both ends; `record_ref` leads to the source record. Times are UTC.

    `amount` is None where the count is unknown. `from_*` are None where nobody is known to be behind it.
    """

    event_id: str
    time: datetime
    event_type: str
    event_source: str
    to_artifact_id: str
    to_artifact_namespace: str
    to_artifact_name: str
    from_artifact_id: str | None
    from_name: str | None
    amount: float | None
    unit: str | None
    event_source_id: str | None
    observed_at: datetime | None
    basis: str
    record_ref: str


@dataclass(frozen=True, slots=True)
class UserShare:
    """A person or bot behind a number: events, their amount and distinct days within the period.

    `is_counted` tells whether the metric's definition counts this user (bots, thresholds, first time).
    """

    user_id: str
    user_source: str | None
    user_name: str | None
    display_name: str | None
    user_class: str | None
    url: str | None
    event_count: int
    amount: float | None
    active_days: int
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the warehouse, with its SQL as written and as run; `depends_on` names models and sources."""

    name: str
    layer: str
    materialization: str
    description: str
    raw_sql: str
    compiled_sql: str
    depends_on: tuple[str, ...]
    columns: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class LineageNode:
    """A model or source upstream of another; `distance` 0 is the model asked for."""

    name: str
    layer: str
    distance: int
    is_source: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """Everything a model is made from; edges go from what is read to what reads it."""

    model: str
    nodes: tuple[LineageNode, ...]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One half of a ratio: the metric and its value in the same bucket."""

    role: str
    metric: str
    amount: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a number is what it is.

    `row_count` events are behind the value; `amount_of_rows` is the sum of their amounts (None where one is
    unknown), equal to `point.amount` for metrics of kind sum. `unknown_amount_rows` counts events whose
    amount is not known. `rows` and `users` are pages, newest and largest first; `counted_users` is how many
    users the definition counts, equal to the amount for kind distinct. Where very many events are behind the value
    both are None and `users` is empty, until somebody asks for people. `parts` is filled for ratios.
    """

    metric: Metric
    entity: Entity
    grain: Grain
    point: Point
    release: Release
    row_count: int
    amount_of_rows: float | None
    unknown_amount_rows: int
    rows: Page[EventRow]
    user_count: int | None
    counted_users: int | None
    users: Page[UserShare]
    parts: tuple[Part, ...]
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How fresh one stream of one connector is and how much of it was refused. Times are UTC.

    `age` is that of the connector's last successful sync against what is expected of it; None where it is not enabled.
    """

    connector: str
    stream: str
    last_load_at: datetime | None
    last_event_at: datetime | None
    covered_from: date | None
    covered_to: date | None
    row_count: int
    quarantined_count: int
    state: str
    age: Age | None


@dataclass(frozen=True, slots=True)
class EventCoverage:
    """Coverage of one source and event type over all artifacts: days in each state, 0..1 share seen."""

    event_source: str
    event_type: str
    artifact_count: int
    covered_from: date | None
    covered_to: date | None
    known_days: int
    unknown_days: int
    coverage_ratio: float


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """One piece of input that was refused, and why."""

    connector: str
    stream: str
    file: str | None
    line: int | None
    reason: str
    observed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """Freshness and completeness of the current release; `connectors` tell of their syncs as they stand now."""

    release: Release
    sources: tuple[SourceStatus, ...]
    coverage: tuple[EventCoverage, ...]
    quarantined: int
    connectors: tuple[Freshness, ...]


def as_json(value: object) -> object:
    """The value as plain lists, dictionaries, text and numbers: dates and times as ISO text, enums as words."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [as_json(item) for item in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value
