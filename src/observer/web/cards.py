"""Current values as cards: the value with its state, where it stood one window earlier, and two years in small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from observer.model.metric import Grain
from observer.model.state import State
from observer.query.answers import Entity, KeyMetric, Point, Series
from observer.query.reader import ReleaseReader
from observer.web import charts
from observer.web import format as fmt
from observer.web.view import View

_SPARK_DAYS = 731
_COMPARABLE = 0.9
"""From which share of a period seen its value is compared with another."""


@dataclass(frozen=True, slots=True)
class Change:
    """How a value compares with the window before: words for the card, and the whole sentence."""

    text: str
    direction: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Card:
    """One current value. `change` is None where either end is not known well enough to compare."""

    value: KeyMetric
    spark: Markup
    change: Change | None


def cards(
    reader: ReleaseReader, of: Entity, current: Sequence[KeyMetric], names: Sequence[str], view: View
) -> list[Card]:
    """The cards of these metrics in this order; those without a value at the window among `current` are left out."""
    as_of = reader.release.as_of
    values = {value.metric: value for value in current if value.grain is view.window}
    if view.classes:
        values = _of_classes(reader, of, values, names, view)
    months = _by_metric(
        reader.series_of_metrics(names, of, Grain.MONTH, as_of - timedelta(days=_SPARK_DAYS), None, view.classes)
    )
    before = _before(reader, of, names, view)
    return [
        Card(values[name], _spark(months.get(name), values[name]), _change(values[name], before.get(name)))
        for name in names
        if name in values
    ]


def _of_classes(
    reader: ReleaseReader, of: Entity, values: dict[str, KeyMetric], names: Sequence[str], view: View
) -> dict[str, KeyMetric]:
    """The current values of the chosen classes; those that know no classes stay as they are."""
    as_of = reader.release.as_of
    found = dict(values)
    for series in reader.series_of_metrics(names, of, view.window, as_of, as_of, view.classes):
        value, point = values.get(series.metric.name), series.points[-1] if series.points else None
        if value and point:
            found[value.metric] = KeyMetric(
                value.metric,
                value.display_name,
                value.unit,
                value.kind,
                value.grain,
                value.sample_date,
                point.amount,
                point.state,
                point.coverage_ratio,
                value.covered_from,
                value.covered_to,
            )
    return found


def _before(reader: ReleaseReader, of: Entity, names: Sequence[str], view: View) -> dict[str, Point]:
    """The values of the window that ends at the last month end before the current window begins."""
    days = view.window.nominal_days
    if not days:
        return {}
    day = _month_end(reader.release.as_of - timedelta(days=days))
    found = reader.series_of_metrics(names, of, view.window, day, day, view.classes)
    return {series.metric.name: series.points[-1] for series in found if series.points}


def _month_end(day: date) -> date:
    return day if (day + timedelta(days=1)).day == 1 else day.replace(day=1) - timedelta(days=1)


def _by_metric(found: Sequence[Series]) -> dict[str, Series]:
    return {series.metric.name: series for series in found}


def _spark(series: Series | None, value: KeyMetric) -> Markup:
    if series is None or not any(point.amount for point in series.points):
        return Markup("")
    complete = [point for point in series.points if point.is_complete]
    return charts.sparkline(complete, label=f"{value.display_name} by month, last two years")


def _change(now: KeyMetric, before: Point | None) -> Change | None:
    if before is None or now.amount is None or before.amount is None or now.state is State.UNKNOWN:
        return None
    if min(now.coverage_ratio, before.coverage_ratio) < _COMPARABLE:
        return None
    gap = now.amount - before.amount
    direction = "up" if gap > 0 else "down" if gap < 0 else "same"
    was = (
        f"{fmt.number(before.amount, unit=now.unit)} in the {fmt.GRAIN_LABELS[now.grain]} to {fmt.day(before.last_day)}"
    )
    if now.unit == "ratio":
        text = fmt.signed(gap * 100, " pp")
    elif before.amount:
        text = fmt.signed(gap / abs(before.amount) * 100, f"{fmt.THIN_SPACE}%")
    else:
        text = fmt.signed(gap)
    return Change(text if gap else "unchanged", direction, f"was {was}")
