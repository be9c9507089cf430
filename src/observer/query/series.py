"""Values over time in three states: what has no row is zero where everything was seen, and unknown elsewhere."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import LiteralString

from observer.errors import QueryError
from observer.model.metric import KEY_GRAINS, ROLLING_DAILY_DAYS, Grain, Kind
from observer.model.people import UserClass
from observer.model.state import State
from observer.query import catalogue
from observer.query.answers import Entity, EntityCoverage, Metric, Point, Series
from observer.query.classes import amounts_of, amounts_of_metrics, chosen_classes, class_amounts, counted_classes
from observer.query.periods import Period, containing, is_month_end, periods
from observer.query.request import MAX_POINTS
from observer.query.session import Session


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of an entity was seen, day by day, for a set of event types.

    A cell is one artifact, event type and day. From `days[n]` (an ordinal) to the day before `days[n + 1]`,
    `whole_a_day[n]` cells of each day were seen as a whole, and `partial_a_day[n]` is the sum of the shares of the
    others; `whole[n]` and `partial[n]` are the sums over all days before `days[n]`, so that a period is one
    subtraction. `per_day` is how many cells a day has.
    """

    days: tuple[int, ...]
    whole_a_day: tuple[int, ...]
    partial_a_day: tuple[float, ...]
    whole: tuple[int, ...]
    partial: tuple[float, ...]
    per_day: int

    @property
    def begins(self) -> date | None:
        """The first day that was seen, if any."""
        return date.fromordinal(self.days[0]) if self.days else None

    def ratio(self, first_day: date, last_day: date) -> float:
        """The share of cells from `first_day` to `last_day` that was seen: 1 exactly if all were, as a whole."""
        first, last = first_day.toordinal(), last_day.toordinal()
        cells = self.per_day * (last - first + 1)
        if cells <= 0:
            return 0.0
        whole_before, partial_before = self._before(first)
        whole, partial = self._before(last + 1)
        whole -= whole_before
        if whole == cells:
            return 1.0
        return min((whole + partial - partial_before) / cells, math.nextafter(1, 0))

    def _before(self, day: int) -> tuple[int, float]:
        """Cells that were seen before a day, as a whole and in shares."""
        place = bisect_right(self.days, day) - 1
        if place < 0:
            return 0, 0.0
        length = day - self.days[place]
        return (
            self.whole[place] + length * self.whole_a_day[place],
            self.partial[place] + length * self.partial_a_day[place],
        )


def seen(runs: Sequence[EntityCoverage], event_types: Sequence[str]) -> Seen:
    """Coverage of an entity for a set of event types, from its runs of days."""
    counts = {run.event_type: run.artifact_count for run in runs}
    # A type that was never looked for has no runs: as many artifacts as the other types have were not seen.
    typical = max(counts.values(), default=0)
    per_day = sum(counts.get(event_type, typical) for event_type in event_types)
    starting: dict[int, list[EntityCoverage]] = {}
    ending: dict[int, list[EntityCoverage]] = {}
    for run in runs:
        starting.setdefault(run.start_date.toordinal(), []).append(run)
        ending.setdefault(run.end_date.toordinal() + 1, []).append(run)
    days = sorted({*starting, *ending})
    whole_a_day, partial_a_day, whole, partial = [0], [0.0], [0], [0.0]
    going: list[EntityCoverage] = []
    for day, following in pairwise([*days, days[-1]] if days else []):
        over = ending.get(day, [])
        going = [run for run in going if run not in over] + starting.get(day, [])
        whole_a_day.append(sum(run.covered_count for run in going))
        partial_a_day.append(math.fsum(run.partial_sum for run in going))
        whole.append(whole[-1] + (following - day) * whole_a_day[-1])
        partial.append(partial[-1] + (following - day) * partial_a_day[-1])
    return Seen(
        tuple(days), tuple(whole_a_day[1:]), tuple(partial_a_day[1:]), tuple(whole[:-1]), tuple(partial[:-1]), per_day
    )


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
    chosen = chosen_classes(session, metric, classes)
    last = _last(session, end)
    amounts = (
        class_amounts(session, metric, entity, grain, chosen, start, last)
        if chosen
        else amounts_of(session, metric, entity, grain, start, last)
    )
    coverage = seen(coverage_runs(session, entity, metric.event_types), metric.event_types)
    current = _current(session, [metric], entity, grain).get(metric.name)
    return _series(session, Asked(metric, entity, grain, start, last, chosen), amounts, coverage, current)


def series_of_metrics(
    session: Session,
    names: Sequence[str],
    entity: Entity,
    grain: Grain,
    start: date | None,
    end: date | None,
    classes: Sequence[UserClass] = (),
) -> tuple[Series, ...]:
    """The series of several metrics of one entity, read together.

    Metrics that do not exist or lack the grain are left out; those that know no classes are given as they are defined.
    """
    catalogued = {metric.name: metric for metric in catalogue.metrics(session)}
    metrics = [catalogued[name] for name in names if name in catalogued]
    metrics = [metric for metric in metrics if grain in catalogue.rules(metric).grains]
    last = _last(session, end)
    place = ("coverage", entity.entity_type, entity.id)
    # The charts, cards and comparisons of a page all ask for it.
    if place not in session.known:
        session.known[place] = coverage_runs(session, entity, None)
    runs: list[EntityCoverage] = session.known[place]
    current = _current(session, metrics, entity, grain)
    amounts = amounts_of_metrics(session, metrics, entity, grain, start, last)
    coverages: dict[tuple[str, ...], Seen] = {}
    result = []
    for metric in metrics:
        types = metric.event_types
        if types not in coverages:
            coverages[types] = seen([run for run in runs if run.event_type in types], types)
        chosen = chosen_classes(session, metric, classes) if metric.kind not in (Kind.LATEST, Kind.SQL) else None
        values = class_amounts(session, metric, entity, grain, chosen, start, last) if chosen else amounts[metric.name]
        asked = Asked(metric, entity, grain, start, last, chosen)
        result.append(_series(session, asked, values, coverages[types], current.get(metric.name)))
    return tuple(result)


def series_of_entities(
    session: Session, name: str, entities: Sequence[Entity], grain: Grain, start: date | None
) -> tuple[Series, ...]:
    """The series of one metric of several entities of one type, read together."""
    metric = catalogue.metric(session, name)
    catalogue.check_grain(metric, grain)
    last, ids = session.release.as_of, [entity.id for entity in entities]
    runs: dict[str, list[EntityCoverage]] = {key: [] for key in ids}
    values: dict[str, object] = {"ids": ids, "types": list(metric.event_types)}
    values["type"] = entities[0].entity_type.value if entities else ""
    for key, run in session.all(lambda key, *columns: (key, EntityCoverage(*columns)), _COVERAGE_OF_ENTITIES, values):
        runs[key].append(run)
    amounts: dict[str, dict[date, float]] = {key: {} for key in ids}
    values |= {"metric": metric.name, "grain": grain.value, "start": start, "end": last}
    rows: list[tuple[str, date, float]] = session.all(lambda *row: row, _AMOUNTS_OF_ENTITIES, values)
    for key, bucket, amount in rows:
        amounts[key][bucket] = amount
    return tuple(
        _series(
            session,
            Asked(metric, entity, grain, start, last, None),
            amounts[entity.id],
            seen(runs[entity.id], metric.event_types),
            None,
        )
        for entity in entities
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One series as asked for: `last` is its last day, `chosen` the classes that differ from the definition's."""

    metric: Metric
    entity: Entity
    grain: Grain
    start: date | None
    last: date
    chosen: tuple[UserClass, ...] | None


def _last(session: Session, end: date | None) -> date:
    return min(end, session.release.as_of) if end else session.release.as_of


def _series(
    session: Session, asked: Asked, amounts: Mapping[date, float], coverage: Seen, current: Point | None
) -> Series:
    metric, grain, as_of = asked.metric, asked.grain, session.release.as_of
    shown = asked.chosen or counted_classes(session, metric)
    if current and asked.chosen:
        current = _of_classes(metric, current, amounts.get(as_of))
    number = session.release.number
    if grain is Grain.ALL:
        points = [current or _nothing(as_of)]
        return Series(metric, asked.entity, grain, metric.unit, as_of, as_of, as_of, number, tuple(points), shown)
    first = asked.start or min([*amounts, coverage.begins or asked.last], default=asked.last)
    span = (metric.kind == Kind.SQL, grain, first, asked.last, as_of)
    points = [
        current
        if current and period.bucket == as_of
        else _point(metric, period, amounts.get(period.bucket), ratio, as_of)
        for period, ratio in zip(_wanted(*span), _ratios(coverage, *span), strict=True)
    ]
    return Series(metric, asked.entity, grain, metric.unit, first, asked.last, as_of, number, tuple(points), shown)


def point(metric: Metric, period: Period, amount: float | None, coverage: Seen, as_of: date) -> Point:
    """The point of a bucket, given its row (None where there is none) and what was seen.

    Without a row, numbers that count something are zero if all was seen. A ratio without a row has no
    denominator, and a latest value none that was ever observed: they are unknown.
    """
    return _point(metric, period, amount, coverage.ratio(period.first_day, min(period.last_day, as_of)), as_of)


def _point(metric: Metric, period: Period, amount: float | None, ratio: float, as_of: date) -> Point:
    state = State.UNKNOWN if amount is None else State.VALUE
    if amount is None and ratio == 1 and catalogue.is_zero_if_absent(metric):
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


def _current(session: Session, metrics: Sequence[Metric], entity: Entity, grain: Grain) -> dict[str, Point]:
    """The points of the last day, as `key_metrics` has them, by metric; none for grains that are no current value."""
    if grain not in KEY_GRAINS:
        return {}
    names = [metric.name for metric in metrics]
    points = {}
    for _, value in catalogue.key_metrics_of(session, entity.entity_type, [entity.id], names=names, grain=grain):
        first_day = containing(grain, value.sample_date).first_day
        points[value.metric] = Point(
            value.sample_date,
            (value.covered_from or value.sample_date) if grain is Grain.ALL else first_day,
            value.sample_date,
            value.amount,
            value.state,
            value.coverage_ratio,
            is_partial=value.state is State.VALUE and value.coverage_ratio < 1,
            is_complete=True,
        )
    return points


def _of_classes(metric: Metric, current: Point, amount: float | None) -> Point:
    """The current point with the value of other classes; what was seen is the same for all of them."""
    state = State.UNKNOWN if amount is None else State.VALUE
    if amount is None and current.coverage_ratio == 1 and catalogue.is_zero_if_absent(metric):
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


@lru_cache(maxsize=32)
def _wanted(is_costly: bool, grain: Grain, first: date, last: date, as_of: date) -> tuple[Period, ...]:
    if (last - first).days > 400 * 366:
        raise QueryError(f"the series begins in {first.year}", hint="ask for a later start")
    wanted = []
    for period in periods(grain, first, last):
        if grain.is_rolling and not _is_sampled(is_costly, period.bucket, as_of):
            continue
        wanted.append(period)
        if len(wanted) > MAX_POINTS:
            raise QueryError(
                f"the series has more than {MAX_POINTS} points", hint="ask for a later start or a longer grain"
            )
    return tuple(wanted)


@lru_cache(maxsize=128)
def _ratios(coverage: Seen, is_costly: bool, grain: Grain, first: date, last: date, as_of: date) -> tuple[float, ...]:
    """What was seen of each period that is wanted: entities that were looked at together share it."""
    wanted = _wanted(is_costly, grain, first, last, as_of)
    return tuple(coverage.ratio(period.first_day, min(period.last_day, as_of)) for period in wanted)


def _is_sampled(is_costly: bool, day: date, as_of: date) -> bool:
    """Whether a rolling window that ends on this day is published; SQL metrics are costly and come less often."""
    if is_month_end(day) or day == as_of:
        return True
    return not is_costly and (as_of - day).days < ROLLING_DAILY_DAYS


_COVERAGE_OF_ENTITIES: LiteralString = (
    "select entity_id, event_type, start_date, end_date, covered_count, partial_sum, artifact_count "
    "from entity_coverage where entity_id = any(%(ids)s) and entity_type = %(type)s and event_type = any(%(types)s) "
    "order by entity_id, event_type, start_date"
)
_AMOUNTS_OF_ENTITIES: LiteralString = (
    "select entity_id, bucket, amount from timeseries_metrics where entity_id = any(%(ids)s) "
    "and entity_type = %(type)s and metric_name = %(metric)s and grain = %(grain)s and bucket <= %(end)s "
    "and (%(start)s::date is null or bucket >= %(start)s::date - 366)"
)
