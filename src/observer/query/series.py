"""Values over time in three states: what has no row is zero where everything was seen, and unknown elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from typing import TypeVar

from observer.errors import QueryError
from observer.model.metric import KEY_GRAINS, ROLLING_DAILY_DAYS, Grain, Kind
from observer.model.people import UserClass
from observer.model.state import State
from observer.query import catalogue
from observer.query.answers import Entity, EntityCoverage, Metric, Point, Series
from observer.query.classes import amounts_of, chosen_classes, class_amounts, counted_classes
from observer.query.periods import BEGINNING, Period, containing, is_month_end, periods
from observer.query.request import MAX_POINTS
from observer.query.session import Session

_DAY = timedelta(days=1)
_COUNTING = (Kind.SUM, Kind.DISTINCT, Kind.SQL)
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of an entity was seen, day by day, for a set of event types.

    A cell is one artifact, event type and day. `whole[n]` is how many cells were seen as a whole before the
    n-th day from `first`, `partial[n]` the sum of the shares of the others, so that a period is one
    subtraction. `per_day` is how many cells a day has.
    """

    first: date
    whole: tuple[int, ...]
    partial: tuple[float, ...]
    per_day: int

    @property
    def begins(self) -> date | None:
        """The first day that was seen, if any."""
        return self.first if len(self.whole) > 1 else None

    def ratio(self, first_day: date, last_day: date) -> float:
        """The share of cells from `first_day` to `last_day` that was seen: 1 exactly if all were, as a whole."""
        cells = self.per_day * ((last_day - first_day).days + 1)
        if cells <= 0:
            return 0.0
        low, high = (self._place(day) for day in (first_day, last_day + _DAY))
        whole = self.whole[high] - self.whole[low]
        if whole == cells:
            return 1.0
        return min((whole + self.partial[high] - self.partial[low]) / cells, math.nextafter(1, 0))

    def _place(self, day: date) -> int:
        return min(max((day - self.first).days, 0), len(self.whole) - 1)


def seen(runs: Sequence[EntityCoverage], event_types: Sequence[str]) -> Seen:
    """Coverage of an entity for a set of event types, from its runs of days."""
    counts = {run.event_type: run.artifact_count for run in runs}
    # A type that was never looked for has no runs: as many artifacts as the other types have were not seen.
    typical = max(counts.values(), default=0)
    per_day = sum(counts.get(event_type, typical) for event_type in event_types)
    if not runs:
        return Seen(BEGINNING, (0,), (0.0,), per_day)
    first = min(run.start_date for run in runs)
    length = (max(run.end_date for run in runs) - first).days + 2
    whole, partial = [0] * length, [0.0] * length
    for run in runs:
        start, end = (run.start_date - first).days, (run.end_date - first).days + 1
        whole[start] += run.covered_count
        whole[end] -= run.covered_count
        partial[start] += run.partial_sum
        partial[end] -= run.partial_sum
    return Seen(first, _sums(whole), _sums(partial), per_day)


def _sums(changes: list[N]) -> tuple[N, ...]:
    """From changes by day to sums over all days before each day."""
    daily = list(accumulate(changes))[:-1]
    return tuple(accumulate(daily, initial=changes[0] * 0))


def series(
    session: Session,
    metric_name: str,
    entity: Entity,
    grain: Grain,
    start: date | None,
    end: date | None,
    classes: Sequence[UserClass] = (),
) -> Series:
    """The points of a metric for an entity from `start` to `end`, counting `classes`, or whom it counts anyway."""
    metric = catalogue.metric(session, metric_name)
    catalogue.check_grain(metric, grain)
    as_of = session.release.as_of
    last = min(end, as_of) if end else as_of
    coverage = seen(coverage_runs(session, entity, metric.event_types), metric.event_types)
    chosen = chosen_classes(session, metric, classes)
    shown = chosen or counted_classes(session, metric)
    amounts = (
        class_amounts(session, metric, entity, grain, chosen, start, last)
        if chosen
        else amounts_of(session, metric, entity, grain, start, last)
    )
    current = _current(session, metric, entity, grain) if grain in KEY_GRAINS else None
    if current and chosen:
        current = _of_classes(metric, current, amounts.get(as_of))
    number = session.release.number
    if grain is Grain.ALL:
        points = [current or _nothing(as_of)]
        return Series(metric, entity, grain, metric.unit, as_of, as_of, as_of, number, tuple(points), shown)
    first = start or min([*amounts, coverage.begins or last], default=last)
    wanted = _wanted(metric, grain, first, last, as_of)
    points = [
        current
        if current and period.bucket == as_of
        else point(metric, period, amounts.get(period.bucket), coverage, as_of)
        for period in wanted
    ]
    return Series(metric, entity, grain, metric.unit, first, last, as_of, number, tuple(points), shown)


def point(metric: Metric, period: Period, amount: float | None, coverage: Seen, as_of: date) -> Point:
    """The point of a bucket, given its row (None where there is none) and what was seen.

    Without a row, numbers that count something are zero if all was seen. A ratio without a row has no
    denominator, and a latest value none that was ever observed: they are unknown.
    """
    ratio = coverage.ratio(period.first_day, min(period.last_day, as_of))
    state = State.UNKNOWN if amount is None else State.VALUE
    if amount is None and ratio == 1 and metric.kind in _COUNTING:
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


def _current(session: Session, metric: Metric, entity: Entity, grain: Grain) -> Point | None:
    """The point of the last day, as `key_metrics` has it."""
    values = catalogue.key_metrics_of(session, entity.entity_type, [entity.id], names=[metric.name], grain=grain)
    for _, value in values:
        first_day = containing(grain, value.sample_date).first_day
        return Point(
            value.sample_date,
            (value.covered_from or value.sample_date) if grain is Grain.ALL else first_day,
            value.sample_date,
            value.amount,
            value.state,
            value.coverage_ratio,
            is_partial=value.state is State.VALUE and value.coverage_ratio < 1,
            is_complete=True,
        )
    return None


def _of_classes(metric: Metric, current: Point, amount: float | None) -> Point:
    """The current point with the value of other classes; what was seen is the same for all of them."""
    state = State.UNKNOWN if amount is None else State.VALUE
    if amount is None and current.coverage_ratio == 1 and metric.kind in _COUNTING:
        state, amount = State.ZERO, 0.0
    is_partial = state is State.VALUE and current.coverage_ratio < 1
    return replace(current, amount=amount, state=state, is_partial=is_partial)


def _nothing(day: date) -> Point:
    return Point(day, day, day, None, State.UNKNOWN, 0.0, is_partial=False, is_complete=True)


def coverage_runs(session: Session, entity: Entity, event_types: Sequence[str] | None) -> list[EntityCoverage]:
    """The coverage of an entity by event type and run of days; of all types for None."""
    return session.all(
        EntityCoverage,
        "select event_type, start_date, end_date, covered_count, partial_sum, artifact_count from entity_coverage "
        "where entity_id = %(id)s and entity_type = %(type)s "
        "and (%(types)s::text[] is null or event_type = any(%(types)s)) order by event_type, start_date",
        {
            "id": entity.id,
            "type": entity.entity_type.value,
            "types": None if event_types is None else list(event_types),
        },
    )


def _wanted(metric: Metric, grain: Grain, first: date, last: date, as_of: date) -> list[Period]:
    if (last - first).days > 400 * 366:
        raise QueryError(f"the series begins in {first.year}", hint="ask for a later start")
    wanted = []
    for period in periods(grain, first, last):
        if grain.is_rolling and not _is_sampled(metric, period.bucket, as_of):
            continue
        wanted.append(period)
        if len(wanted) > MAX_POINTS:
            raise QueryError(
                f"the series has more than {MAX_POINTS} points", hint="ask for a later start or a longer grain"
            )
    return wanted


def _is_sampled(metric: Metric, day: date, as_of: date) -> bool:
    """Whether a rolling window that ends on this day is published; SQL metrics are costly and come less often."""
    if is_month_end(day) or day == as_of:
        return True
    return metric.kind != Kind.SQL and (as_of - day).days < ROLLING_DAILY_DAYS
