"""Buckets and periods: which days a value of some grain is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from observer.errors import QueryError
from observer.model.metric import Grain

_DAY = timedelta(days=1)
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
BEGINNING = date.min
"""Where all time begins."""


@dataclass(frozen=True, slots=True)
class Period:
    """A bucket with the first and last day of its period, both included."""

    bucket: date
    first_day: date
    last_day: date


def period_of(grain: Grain, bucket: date) -> Period:
    """The period of a bucket. QueryError if no bucket of this grain has that date."""
    period = containing(grain, bucket)
    if period.bucket != bucket:
        raise QueryError(f"{bucket} is no {grain} bucket", hint=f"the bucket of that day is {period.bucket}")
    return period


def containing(grain: Grain, day: date) -> Period:
    """The period that a day falls into; for rolling grains and all time the window that ends on it."""
    if grain is Grain.ALL:
        return Period(day, BEGINNING, day)
    if grain.is_rolling:
        return Period(day, day - timedelta(days=(grain.nominal_days or 1) - 1), day)
    if grain is Grain.DAY:
        return Period(day, day, day)
    if grain is Grain.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(first, first, first + timedelta(days=6))
    months = _MONTHS[grain]
    first = date(day.year, day.month - (day.month - 1) % months, 1)
    return Period(first, first, _add_months(first, months) - _DAY)


def periods(grain: Grain, start: date, end: date) -> Iterator[Period]:
    """The periods of all buckets from the one of `start` to the one of `end`, in order."""
    period = containing(grain, start)
    while period.bucket <= end:
        yield period
        following = period.bucket + _DAY if grain.is_rolling or grain is Grain.ALL else period.last_day + _DAY
        period = containing(grain, following)


def is_month_end(day: date) -> bool:
    """Whether a day is the last one of its month."""
    return (day + _DAY).day == 1


def _add_months(first: date, months: int) -> date:
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1)
