"""Charts as SVG, drawn on the server: bars and lines with the three states, sparklines, coverage strips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup

from observer.model.metric import Grain
from observer.model.state import State
from observer.query.answers import Point, Series
from observer.query.periods import is_month_end
from observer.web import format as fmt

WIDTH = 560
HEIGHT = 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 14, 40
_STRIP = 6
_SMALLEST = 1e-9
"""Values below this are drawn as zero."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day, marked above the chart; `kind` is grant or release."""

    day: date
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to pixels with round ticks; bars always start at zero."""

    top: float
    ticks: tuple[float, ...]

    @classmethod
    def upto(cls, most: float) -> Scale:
        """The scale whose last tick is at or above `most`."""
        if most < _SMALLEST:
            return cls(1.0, (0.0, 1.0))
        step = 10 ** math.floor(math.log10(most / 4))
        step = next(step * factor for factor in (1, 2, 2.5, 5, 10) if step * factor * 4 >= most)
        if most > 4:
            step = math.ceil(step)
        count = math.ceil(most / step)
        return cls(step * count, tuple(step * i for i in range(count + 1)))

    def y(self, amount: float) -> float:
        inner = HEIGHT - _TOP - _BOTTOM
        return _TOP + inner * (1 - amount / self.top)


def series_chart(series: Series, *, kind: str | None = None, marks: Sequence[Mark] = ()) -> Markup:
    """The chart of a series: bars for sums, a stepless line for people and ratios.

    Unknown buckets are hatched, never drawn as zero; zeros stand as ticks on the baseline; the strip below
    tells the share of each bucket that was seen.
    """
    points = series.points
    if not points:
        return Markup('<p class="empty">No day of this series was seen yet.</p>')
    scale = Scale.upto(max((p.amount or 0.0 for p in points), default=0.0))
    name = f"{series.metric.display_name} of {fmt.title(series.entity)} by {fmt.GRAIN_LABELS[series.grain]}"
    body = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{fmt.escaped(name)}">',
        f"<title>{fmt.escaped(name)}</title>",
        HATCH,
        *_grid(scale, series.unit),
        *_unknown(points),
    ]
    is_line = (kind or series.metric.kind) != "sum" or len(points) > 180
    body += _line(points, scale, series) if is_line else _bars(points, scale, series)
    body += [*_marks(points, marks), *_strip(points), *_dates(points, series.grain), "</svg>"]
    return Markup("".join(body))  # noqa: S704 - every text above is escaped


def at_month_ends(series: Series) -> Series:
    """The points that end with a month, and the last one: windows that roll day by day, evenly spaced."""
    last = series.points[-1:]
    return replace(series, points=tuple(p for p in series.points[:-1] if is_month_end(p.bucket)) + last)


def sparkline(points: Sequence[Point], *, label: str) -> Markup:
    """A small line without axes; gaps stay gaps."""
    width, height = 180, 28
    known = [p.amount for p in points if p.amount is not None]
    most = max(known, default=0.0) or 1.0
    step = width / max(len(points) - 1, 1)
    coordinates = [
        None if p.amount is None else (i * step, height - 3 - (height - 6) * p.amount / most)
        for i, p in enumerate(points)
    ]
    paths = "".join(_path(run) for run in _runs(coordinates))
    return Markup(  # noqa: S704 - the label is escaped, the rest are numbers
        f'<svg class="spark" viewBox="0 0 {width} {height}" preserveAspectRatio="xMinYMid" role="img" '
        f'aria-label="{fmt.escaped(label)}">{paths}</svg>'
    )


HATCH = (
    '<defs><pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="2" height="6" class="hatch"/></pattern></defs>'
)


def _x(index: int, count: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * index / count


def _grid(scale: Scale, unit: str) -> list[str]:
    lines = []
    for tick in scale.ticks:
        y = scale.y(tick)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        text = fmt.escaped(fmt.short(tick, unit=unit))
        lines.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 3.5:.1f}" text-anchor="end">{text}</text>')
    return lines


def _unknown(points: Sequence[Point]) -> list[str]:
    count, result, start = len(points), [], None
    for index in range(count + 1):
        is_unknown = index < count and points[index].state is State.UNKNOWN
        if is_unknown and start is None:
            start = index
        if not is_unknown and start is not None:
            x, width = _x(start, count), _x(index, count) - _x(start, count)
            days = f"{fmt.day(points[start].first_day)} to {fmt.day(points[index - 1].last_day)}"
            result.append(
                f'<rect class="unknown" fill="url(#unknown)" x="{x:.1f}" y="{_TOP}" width="{width:.1f}" '
                f'height="{HEIGHT - _TOP - _BOTTOM}"><title>Unknown: {fmt.escaped(days)}</title></rect>'
            )
            start = None
    return result


def _bars(points: Sequence[Point], scale: Scale, series: Series) -> list[str]:
    count, base, result = len(points), scale.y(0), []
    slot = (WIDTH - _LEFT - _RIGHT) / count
    gap = min(slot * 0.2, 3)
    for index, point in enumerate(points):
        if point.amount is None:
            continue
        top = scale.y(point.amount)
        style = "bar partial" if point.is_partial or not point.is_complete else "bar"
        height = max(base - top, 1.0)
        result.append(
            f'<rect class="{style}" x="{_x(index, count) + gap / 2:.1f}" y="{base - height:.1f}" '
            f'width="{max(slot - gap, 0.5):.1f}" height="{height:.1f}" rx="{min(slot / 6, 2):.1f}">'
            f"<title>{fmt.escaped(_label(point, series))}</title></rect>"
        )
    return result


def _line(points: Sequence[Point], scale: Scale, series: Series) -> list[str]:
    count = len(points)
    half = (WIDTH - _LEFT - _RIGHT) / count / 2
    coordinates = [None if p.amount is None else (_x(i, count) + half, scale.y(p.amount)) for i, p in enumerate(points)]
    result = [_path(run) for run in _runs(coordinates)]
    if count <= 180:
        result += [
            f'<circle class="dot" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="2.5">'
            f"<title>{fmt.escaped(_label(point, series))}</title></circle>"
            for point, at in zip(points, coordinates, strict=True)
            if at is not None
        ]
    return result


def _marks(points: Sequence[Point], marks: Sequence[Mark]) -> list[str]:
    """A triangle above the bucket of each mark; marks of one kind in one bucket share it."""
    count, texts = len(points), dict[tuple[int, str], list[str]]()
    for mark in marks:
        # The bucket that holds the day; of rolling windows, which overlap, the first that ends on or after it.
        holds = (i for i, p in enumerate(points) if p.first_day <= mark.day <= p.last_day)
        place = next(holds, None)
        if place is not None:
            texts.setdefault((place, mark.kind), []).append(f"{fmt.day(mark.day)}: {mark.text}")
    result = []
    for (place, kind), lines in texts.items():
        x = (_x(place, count) + _x(place + 1, count)) / 2
        words = "; ".join(lines[:4]) + (f" and {len(lines) - 4} more" if len(lines) > 4 else "")
        result.append(
            f'<path class="mark {fmt.escaped(kind)}" d="M{x - 4:.1f} 1h8l-4 7z">'
            f"<title>{fmt.escaped(words)}</title></path>"
        )
    return result


def _strip(points: Sequence[Point]) -> list[str]:
    """What was seen: a piece for each run of buckets of which the same share was."""
    count, y, start = len(points), HEIGHT - _BOTTOM + 6, 0
    result = []
    for index in range(1, count + 1):
        ratio = points[start].coverage_ratio
        if index < count and points[index].coverage_ratio == ratio:
            continue
        level = "full" if ratio >= 1 else "part" if ratio > 0 else "none"
        days = fmt.period(points[start].first_day, points[index - 1].last_day, Grain.WEEK)
        x, width = _x(start, count), _x(index, count) - _x(start, count)
        result.append(
            f'<rect class="strip {level}" x="{x:.1f}" y="{y}" width="{max(width - 0.4, 0.4):.1f}" '
            f'height="{_STRIP}"><title>{fmt.escaped(f"{days}: {fmt.percent(ratio)} seen")}</title></rect>'
        )
        start = index
    return result


def _dates(points: Sequence[Point], grain: Grain) -> list[str]:
    count, y = len(points), HEIGHT - 8
    most = 7
    every = max(1, math.ceil(count / most))
    result = []
    for index in range(0, count, every):
        x, anchor = _x(index, count), "start"
        if x > WIDTH - 66:
            x, anchor = WIDTH - _RIGHT, "end"
        text = fmt.escaped(_date_label(points[index].bucket, grain, points))
        result.append(f'<text class="tick" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{text}</text>')
    return result


def _date_label(bucket: date, grain: Grain, points: Sequence[Point]) -> str:
    if grain is Grain.YEAR:
        return str(bucket.year)
    if grain is Grain.QUARTER:
        return f"Q{(bucket.month - 1) // 3 + 1} {bucket.year}"
    span = (points[-1].last_day - points[0].first_day).days
    return f"{bucket:%b %Y}" if span > 180 else f"{bucket.day} {bucket:%b}"


def _label(point: Point, series: Series) -> str:
    days = fmt.period(point.first_day, point.last_day, series.grain)
    text = f"{days}: {fmt.value(point.amount, point.state, unit=series.unit)}"
    if series.unit != "ratio":
        text += f" {series.unit}"
    if point.is_partial:
        text += f" ({fmt.percent(point.coverage_ratio)} seen)"
    return text if point.is_complete else f"{text}, period not over"


def _runs(coordinates: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for pair in coordinates:
        if pair is None:
            runs.append([])
        else:
            runs[-1].append(pair)
    return [run for run in runs if run]


def _path(run: Sequence[tuple[float, float]]) -> str:
    if len(run) == 1:
        (x, y) = run[0]
        return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2"/>'
    return '<polyline class="line" points="' + " ".join(f"{x:.1f},{y:.1f}" for x, y in run) + '"/>'
