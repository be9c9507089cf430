"""Values over time in three states: what has no row is zero where everything was seen, and unknown elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from observer.errors import QueryError
from observer.model.metric import Grain, Kind
from observer.model.state import State
from observer.query import catalogue
from observer.query.answers import Entity, EntityCoverage, Metric, Point, Series
from observer.query.periods import BEGINNING, Period, is_month_end, periods
from observer.query.request import MAX_POINTS
from observer.query.session import Session

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of an entity was seen, day by day.

    `cells[n]` is how many pairs of artifact and event type were seen on the n-th day from `first`, summed over
    all days before it, so that the sum over a period is one subtraction. `per_day` is how many there are a day.
    """

    first: date
    cells: tuple[int, ...]
    per_day: int

    def ratio(self, first_day: date, last_day: date) -> float:
        """The share of pairs and days from `first_day` to `last_day` that was seen, 0 to 1."""
        days = (last_day - first_day).days + 1
        if not self.per_day or days <= 0:
            return 0.0
        return self._until(last_day + _DAY, first_day) / (self.per_day * days)

    def _until(self, end: date, start: date) -> int:
        last = len(self.cells) - 1
        low, high = ((day - self.first).days for day in (start, end))
        return self.cells[min(max(high, 0), last)] - self.cells[min(max(low, 0), last)]


def seen(runs: Sequence[EntityCoverage], event_types: Sequence[str]) -> Seen:
    """Coverage of an entity for a set of event types, from its runs of days."""
    counts: dict[str, int] = {}
    for run in runs:
        counts[run.event_type] = run.artifact_count
    # A type that was never looked for has no runs: as many artifacts as the other types have were not seen.
    typical = max(counts.values(), default=0)
    per_day = sum(counts.get(event_type, typical) for event_type in event_types)
    if not runs:
        return Seen(BEGINNING, (0,), per_day)
    first = min(run.start_date for run in runs)
    changes = [0] * ((max(run.end_date for run in runs) - first).days + 2)
    for run in runs:
        changes[(run.start_date - first).days] += run.covered_count
        changes[(run.end_date - first).days + 1] -= run.covered_count
    daily = list(accumulate(changes))[:-1]
    return Seen(first, tuple(accumulate(daily, initial=0)), per_day)


def series(
    session: Session, metric_name: str, entity: Entity, grain: Grain, start: date | None, end: date | None
) -> Series:
    """The points of a metric for an entity from `start` to `end`."""
    metric = catalogue.metric(session, metric_name)
    catalogue.check_grain(metric, grain)
    as_of = session.release.as_of
    last = min(end, as_of) if end else as_of
    coverage = seen(coverage_runs(session, entity, metric.event_types), metric.event_types)
    if grain is Grain.ALL:
        points = [point_at(session, metric, entity, Period(as_of, BEGINNING, as_of))]
        return Series(metric, entity, grain, metric.unit, as_of, as_of, as_of, session.release.number, tuple(points))
    amounts = _amounts(session, metric, entity, grain, start, last)
    first = start or min(
        [*amounts, *([coverage.first] if coverage.per_day and len(coverage.cells) > 1 else [])], default=last
    )
    wanted = _wanted(metric, grain, first, last, as_of)
    points = [point(metric, period, amounts.get(period.bucket), coverage, as_of) for period in wanted]
    return Series(metric, entity, grain, metric.unit, first, last, as_of, session.release.number, tuple(points))


def point_at(session: Session, metric: Metric, entity: Entity, period: Period) -> Point:
    """One point of all time: as `key_metrics` has it."""
    for _, value in catalogue.key_metrics_of(
        session, entity.entity_type, [entity.id], names=[metric.name], grain=Grain.ALL
    ):
        is_partial = value.state is State.VALUE and value.coverage_ratio < 1
        return Point(
            period.bucket,
            value.covered_from or period.last_day,
            period.last_day,
            value.amount,
            value.state,
            value.coverage_ratio,
            is_partial,
            is_complete=True,
        )
    return Point(period.bucket, period.last_day, period.last_day, None, State.UNKNOWN, 0.0, False, True)


def point(metric: Metric, period: Period, amount: float | None, coverage: Seen, as_of: date) -> Point:
    """The point of a bucket, given its row (None where there is none) and what was seen."""
    ratio = coverage.ratio(period.first_day, min(period.last_day, as_of))
    state = State.UNKNOWN
    if amount is not None:
        state = State.ZERO if amount == 0 and ratio == 1 else State.VALUE
    elif ratio == 1 and metric.kind != Kind.RATIO:
        state, amount = State.ZERO, 0.0
    return Point(
        period.bucket,
        period.first_day,
        period.last_day,
        amount,
        state,
        ratio,
        is_partial=state is State.VALUE and ratio < 1,
        is_complete=period.last_day <= as_of,
    )


def coverage_runs(session: Session, entity: Entity, event_types: Sequence[str] | None) -> list[EntityCoverage]:
    """The coverage of an entity by event type and run of days; of all types for None."""
    return session.all(
        EntityCoverage,
        "select event_type, start_date, end_date, covered_count, artifact_count from entity_coverage "
        "where entity_id = %(id)s and entity_type = %(type)s "
        "and (%(types)s::text[] is null or event_type = any(%(types)s)) order by event_type, start_date",
        {
            "id": entity.id,
            "type": entity.entity_type.value,
            "types": None if event_types is None else list(event_types),
        },
    )


def _amounts(
    session: Session, metric: Metric, entity: Entity, grain: Grain, start: date | None, end: date
) -> Mapping[date, float]:
    found: Iterable[tuple[date, float]] = session.all(
        lambda bucket, amount: (bucket, amount),
        "select bucket, amount from timeseries_metrics where entity_id = %(id)s and entity_type = %(type)s "
        "and metric_name = %(metric)s and grain = %(grain)s and bucket <= %(end)s "
        "and (%(start)s::date is null or bucket >= %(start)s::date - 366)",
        {
            "id": entity.id,
            "type": entity.entity_type.value,
            "metric": metric.name,
            "grain": grain.value,
            "start": start,
            "end": end,
        },
    )
    return dict(found)


def _wanted(metric: Metric, grain: Grain, first: date, last: date, as_of: date) -> list[Period]:
    if (last - first).days > 400 * 366:
        raise QueryError(f"the series begins in {first.year}", hint="ask for a later start")
    wanted = []
    for period in periods(grain, first, last):
        # SQL metrics are costly: their rolling values exist for month ends and for the last complete day.
        if metric.kind == Kind.SQL and grain.is_rolling and not (is_month_end(period.bucket) or period.bucket == as_of):
            continue
        wanted.append(period)
        if len(wanted) > MAX_POINTS:
            raise QueryError(
                f"the series has more than {MAX_POINTS} points", hint="ask for a later start or a longer grain"
            )
    return wanted
