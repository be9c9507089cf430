"""What a metric is: its kind, grains and definition, as written in `metrics/<topic>/<name>.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePosixPath

from observer.model.event import EventType
from observer.model.people import UserClass


class Kind(StrEnum):
    """How a metric aggregates events."""

    SUM = "sum"
    DISTINCT = "distinct"
    LATEST = "latest"
    RATIO = "ratio"
    SQL = "sql"


class Absent(StrEnum):
    """What it means that nothing happened in a period that was seen as a whole: a number of 0, or no number at all.

    A sum of nothing is 0; a mean, a median or a share of nothing is unknown.
    """

    ZERO = "zero"
    UNKNOWN = "unknown"


class Needs(StrEnum):
    """What else than the days of a bucket the value of a metric of kind `sql` in it depends on; nothing later ever.

    `bucket`: the events and items with a day in the bucket. `before`: also those of as many days before it, and of 30
    at least. `last_day`: also the last day before it with an event, of the people who have one in it. `history`:
    everything up to its last day. A total over all time of the first two is that of the entity's own events and items,
    and is the same on a later day if nothing is added.
    """

    BUCKET = "bucket"
    BEFORE = "before"
    LAST_DAY = "last_day"
    HISTORY = "history"


class Total(StrEnum):
    """What the value of a metric of kind `sql` for all time can be made of, where it needs the days of a bucket alone.

    `events`: nothing less than all events and items. `amounts`: sums of amounts by event type, class of the senders and
    their affiliation, and how many people did how much (the relation `people_by_amount`); it does not matter on which
    days that was, how many rows they are or who the senders are. `years`: the sum of the values of years.
    """

    EVENTS = "events"
    AMOUNTS = "amounts"
    YEARS = "years"


class Grain(StrEnum):
    """Over what time one value of a metric goes.

    A bucket is named by its first day; a rolling window by its last day, which it includes; `all` by the last
    complete day.
    """

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ROLLING_30_DAYS = "rolling_30_days"
    ROLLING_90_DAYS = "rolling_90_days"
    ROLLING_180_DAYS = "rolling_180_days"
    ALL = "all"

    @property
    def is_rolling(self) -> bool:
        return self.value.startswith("rolling_")

    @property
    def nominal_days(self) -> int | None:
        """Length in days by which thresholds of activity scale: a month is 30, a year 360; None for `all`."""
        return _NOMINAL_DAYS.get(self)


_NOMINAL_DAYS = {
    Grain.DAY: 1,
    Grain.WEEK: 7,
    Grain.MONTH: 30,
    Grain.QUARTER: 90,
    Grain.YEAR: 360,
    Grain.ROLLING_30_DAYS: 30,
    Grain.ROLLING_90_DAYS: 90,
    Grain.ROLLING_180_DAYS: 180,
}

ROLLING_DAILY_DAYS = 90
"""Rolling windows are published for each of this many last days and, before those, for the ends of months."""

KEY_GRAINS = (Grain.ROLLING_30_DAYS, Grain.ROLLING_90_DAYS, Grain.ROLLING_180_DAYS, Grain.ALL)
"""The grains of `key_metrics`: those that have a current value."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Who is counted, by distinct active days in 30. Both bounds are inclusive; None is no upper bound."""

    min_days: int = 1
    max_days: int | None = None

    def bounds(self, grain: Grain) -> tuple[int, int | None]:
        """The bounds at a grain: n days in 30 become ceil(n * days / 30); one day stays any activity."""
        upper = None if self.max_days is None else scaled_days(self.max_days + 1, grain) - 1
        return scaled_days(self.min_days, grain), upper


def scaled_days(days: int, grain: Grain) -> int:
    """The number of active days at `grain` that corresponds to `days` in 30; 1 is never scaled."""
    nominal = grain.nominal_days
    if days == 1:
        return 1
    if nominal is None:
        raise ValueError(f"a threshold of {days} days has no meaning at grain {grain}")
    return -(-days * nominal // 30)


@dataclass(frozen=True, slots=True)
class ExampleEvent:
    """One row in: on `day`, `person` did `type` to `artifact`, `amount` times (None: it is not known how often).

    A person whose name ends in `[bot]` is a bot, in `[agent]` an agent, in `[org]` an organization.
    """

    day: date
    type: EventType
    artifact: str
    person: str | None
    amount: float | None


@dataclass(frozen=True, slots=True)
class ExampleItem:
    """An issue or a pull request of an example: who opened it when, and when the rest happened, if it did.

    Times are UTC. `closed` of a pull request that was merged is the time of the merge unless given. `merged_by` is None
    where nobody tells who merged.
    """

    kind: str
    artifact: str
    person: str
    opened: datetime
    responded: datetime | None
    merged: datetime | None
    closed: datetime | None
    merged_by: str | None = None


@dataclass(frozen=True, slots=True)
class ExampleAffiliation:
    """`person` belonged to an organization, or to none, from `since` to `until`, where these are given."""

    person: str
    organization: str | None
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class ExampleRow:
    """One row out. `entity` is an artifact of the example, its project `example` or its collection `examples`."""

    entity: str
    grain: Grain
    bucket: date
    amount: float


@dataclass(frozen=True, slots=True)
class Example:
    """Events and all the rows that follow from them for each entity and grain that `rows` mentions.

    All artifacts of the events and items belong to the project `example`, the only member of the collection `examples`.
    """

    title: str
    as_of: date
    events: tuple[ExampleEvent, ...]
    rows: tuple[ExampleRow, ...]
    empty: tuple[tuple[str, Grain], ...] = ()
    items: tuple[ExampleItem, ...] = ()
    affiliations: tuple[ExampleAffiliation, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """One metric. `events` of a ratio are those of its numerator and denominator.

    `sql` is the query that recomputes the metric for projects by month from the published tables; for kind
    `sql` it is the definition itself. `yaml` is the text of the file at `path`. `classes` are the classes of senders
    that count, persons always among them. `original_names` are its names in the original, without source and period.
    `needs` and `total` are None for kinds other than `sql`; `is_per_entity` tells of these whether an entity's values
    depend on its own events and items alone. `people_events` are what `people_by_amount` adds up, those of `events`
    unless given.
    """

    name: str
    title: str
    unit: str
    summary: str
    description: str
    owner: str
    kind: Kind
    version: int
    events: tuple[EventType, ...]
    grains: tuple[Grain, ...]
    headline_grain: Grain
    original_names: tuple[str, ...]
    caveats: tuple[str, ...]
    classes: tuple[UserClass, ...]
    activity: Activity | None
    is_first_only: bool
    absent: Absent
    needs: Needs | None
    total: Total | None
    is_per_entity: bool
    people_events: tuple[EventType, ...]
    numerator: str | None
    denominator: str | None
    examples: tuple[Example, ...]
    path: str
    yaml: str
    sql: str

    @property
    def topic(self) -> str:
        """What it is about: the name of the folder that its file lies in."""
        return PurePosixPath(self.path).parent.name
